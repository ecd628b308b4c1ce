import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs Kafka's command-line tools one after another in one process: starting a JVM for each would take most of the time.
 *
 * <p>Reads lines of words in base64, a dot for an empty one: the tool's class, its standard input, its arguments. Answers
 * each with a line of its exit code, what it printed on stdout, and what it printed on stderr. The argument is the folder
 * of Kafka's jars.
 */
public final class ToolServer {
    /** A tool that keeps state in static fields gets classes of its own each time it runs. */
    private static final List<String> STATEFUL = List.of("org.apache.kafka.tools.consumer.ConsoleConsumer");

    private static final long TIME_LIMIT_SECONDS = 120;
    private static final int TIMED_OUT = 124;

    private static URL[] jars;
    private static ClassLoader shared;

    public static void main(String[] arguments) throws Exception {
        File[] files = new File(arguments[0]).listFiles((folder, name) -> name.endsWith(".jar"));
        jars = new URL[files.length];
        for (int i = 0; i < files.length; i++) jars[i] = files[i].toURI().toURL();
        shared = loader();
        PrintStream answers = System.out;
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line; (line = questions.readLine()) != null; ) {
            String[] words = Arrays.stream(line.split(" ")).map(ToolServer::decoded).toArray(String[]::new);
            answers.println(run(words[0], words[1], Arrays.copyOfRange(words, 2, words.length)));
            answers.flush();
        }
        System.exit(0);
    }

    private static ClassLoader loader() {
        return new URLClassLoader(jars, ClassLoader.getPlatformClassLoader());
    }

    private static String decoded(String word) {
        return word.equals(".") ? "" : new String(Base64.getDecoder().decode(word), UTF_8);
    }

    private static String encoded(ByteArrayOutputStream data) {
        return data.size() == 0 ? "." : Base64.getEncoder().encodeToString(data.toByteArray());
    }

    private static String run(String tool, String input, String[] arguments) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
        System.setIn(new ByteArrayInputStream(input.getBytes(UTF_8)));
        System.setOut(new PrintStream(out, true, UTF_8));
        System.setErr(new PrintStream(err, true, UTF_8));
        ClassLoader classes = STATEFUL.contains(tool) ? loader() : shared;
        CompletableFuture<Integer> code = new CompletableFuture<>();
        List<Runnable> hooks = new ArrayList<>();
        catchExit(classes, code, hooks);
        Thread thread = new Thread(() -> call(classes, tool, arguments, code));
        thread.setDaemon(true);
        thread.setContextClassLoader(classes);
        thread.start();
        int exit;
        try {
            exit = code.get(TIME_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            exit = TIMED_OUT;
        }
        for (Runnable hook : hooks) hook.run();
        return exit + " " + encoded(out) + " " + encoded(err);
    }

    private static void call(ClassLoader classes, String tool, String[] arguments, CompletableFuture<Integer> code) {
        try {
            Method main = Class.forName(tool, true, classes).getMethod("main", String[].class);
            main.invoke(null, (Object) arguments);
            code.complete(0);
        } catch (InvocationTargetException e) {
            e.getCause().printStackTrace();
            code.complete(1);
        } catch (ReflectiveOperationException e) {
            e.printStackTrace();
            code.complete(2);
        }
    }

    /** Whoever calls Kafka's Exit gets no further, as if the process had ended; shutdown hooks are kept for later. */
    private static void catchExit(ClassLoader classes, CompletableFuture<Integer> code, List<Runnable> hooks) throws Exception {
        Class<?> exit = Class.forName("org.apache.kafka.common.utils.Exit", true, classes);
        Class<?> procedure = Class.forName("org.apache.kafka.common.utils.Exit$Procedure", true, classes);
        Object caught = Proxy.newProxyInstance(classes, new Class<?>[] {procedure}, (proxy, method, values) -> {
            code.complete((Integer) values[0]);
            while (true) LockSupport.park();
        });
        exit.getMethod("setExitProcedure", procedure).invoke(null, caught);
        exit.getMethod("setHaltProcedure", procedure).invoke(null, caught);
        Class<?> adder = Class.forName("org.apache.kafka.common.utils.Exit$ShutdownHookAdder", true, classes);
        Object keeper = Proxy.newProxyInstance(classes, new Class<?>[] {adder}, (proxy, method, values) -> {
            hooks.add((Runnable) values[1]);
            return null;
        });
        exit.getMethod("setShutdownHookAdder", adder).invoke(null, keeper);
    }
}
