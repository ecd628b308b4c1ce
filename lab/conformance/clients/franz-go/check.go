package main

import (
	"fmt"
	"os"
	"reflect"
	"time"
)

// The cases in the order in which they were added.
var cases []struct {
	name string
	run  func()
}

// test adds a case. It fails by a panic, as the functions below do.
func test(name string, run func()) {
	cases = append(cases, struct {
		name string
		run  func()
	}{name, run})
}

func fail(format string, values ...any) {
	panic(fmt.Sprintf(format, values...))
}

func equal(found, expected any, what string) {
	if !reflect.DeepEqual(found, expected) {
		fail("%s: found %.400v, expected %.400v", what, found, expected)
	}
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

// eventually waits until the condition holds.
func eventually(what string, condition func() bool) {
	for end := time.Now().Add(60 * time.Second); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			fail("not within 60 s: %s", what)
		}
	}
}

// runAll prints a line for each case and one that counts them.
func runAll() {
	passed, failed := 0, 0
	for _, c := range cases {
		began := time.Now()
		if problem := problemOf(c.run); problem != nil {
			failed++
			fmt.Printf("not ok - %s: %v\n", c.name, problem)
		} else {
			passed++
			fmt.Printf("ok - %s (%.1f s)\n", c.name, time.Since(began).Seconds())
		}
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}

func problemOf(run func()) (problem any) {
	defer func() { problem = recover() }()
	run()
	return nil
}
