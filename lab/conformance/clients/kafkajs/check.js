// Cases of a suite: each is a function with a name, each prints one line, the last line counts them.
'use strict'
const { isDeepStrictEqual, inspect } = require('util')

const cases = []

const test = (name, run) => cases.push({ name, run })

const shown = (value) => inspect(value, { depth: 6, maxStringLength: 100 }).slice(0, 600)

const equal = (found, expected, what = '') => {
  if (!isDeepStrictEqual(found, expected)) throw new Error(`${what} found ${shown(found)}, expected ${shown(expected)}`)
}

const ok = (condition, what) => {
  if (!condition) throw new Error(what)
}

/** The error that the promise is rejected with. */
const rejected = async (promise) => {
  let got
  try {
    got = await promise
  } catch (error) {
    return error
  }
  throw new Error(`no error, but ${shown(got)}`)
}

const run = async () => {
  let passed = 0
  let failed = 0
  for (const { name, run } of cases) {
    const began = Date.now()
    try {
      await run()
      passed += 1
      console.log(`ok - ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
    } catch (error) {
      failed += 1
      console.log(`not ok - ${name}: ${error.message}`)
      if (process.env.VERBOSE) console.log(error)
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed || !passed ? 1 : 0)
}

module.exports = { test, equal, ok, rejected, run }
