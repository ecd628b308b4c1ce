import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** Cases of a suite: each prints one line, the last line counts them. */
final class Check {
    interface Case {
        void run() throws Exception;
    }

    private static final Map<String, Case> CASES = new LinkedHashMap<>();

    private Check() {}

    static void test(String name, Case run) {
        if (CASES.put(name, run) != null) throw new IllegalArgumentException("two cases are named " + name);
    }

    static void equal(Object found, Object expected, String what) {
        if (!Objects.deepEquals(found, expected)) throw new AssertionError(what + ": found " + brief(found) + ", expected " + brief(expected));
    }

    static void that(boolean condition, String what) {
        if (!condition) throw new AssertionError(what);
    }

    /** The simple name of the error's class, of what is inside of a future's error. */
    static String errorOf(Callable<?> action) throws Exception {
        Object got;
        try {
            got = action.call();
        } catch (ExecutionException e) {
            return e.getCause().getClass().getSimpleName();
        } catch (RuntimeException e) {
            return e.getClass().getSimpleName();
        }
        throw new AssertionError("no error, but " + brief(got));
    }

    static void eventually(String what, Callable<Boolean> condition) throws Exception {
        for (long end = System.currentTimeMillis() + 60_000; !condition.call(); Thread.sleep(20)) {
            if (System.currentTimeMillis() > end) throw new AssertionError("not within 60 s: " + what);
        }
    }

    private static String brief(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 400 ? text : text.substring(0, 400) + "…";
    }

    static void runAll() {
        int passed = 0, failed = 0;
        for (Map.Entry<String, Case> c : CASES.entrySet()) {
            long began = System.nanoTime();
            try {
                c.getValue().run();
                passed++;
                System.out.printf("ok - %s (%.1f s)%n", c.getKey(), (System.nanoTime() - began) / 1e9);
            } catch (Throwable e) {
                failed++;
                Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
                System.out.println("not ok - " + c.getKey() + ": " + cause);
                if (System.getenv("VERBOSE") != null) cause.printStackTrace(System.out);
            }
        }
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed > 0 || passed == 0 ? 1 : 0);
    }
}
