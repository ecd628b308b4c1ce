import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** `write DIR` makes the golden batches, `verify DIR` judges batches of somebody else. */
public class GoldenBatches {
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("usage: write DIR | verify DIR");
        }
        Path directory = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "write" -> write(directory);
            case "verify" -> verify(directory);
            default -> throw new IllegalArgumentException("usage: write DIR | verify DIR");
        }
    }

    private static void write(Path directory) throws IOException {
        Files.createDirectories(directory);
        Map<String, ByteBuffer> cases = new TreeMap<>(Cases.all());
        cases.putAll(Malformed.all());
        for (Map.Entry<String, ByteBuffer> golden : cases.entrySet()) {
            byte[] bytes = new byte[golden.getValue().remaining()];
            golden.getValue().duplicate().get(bytes);
            Files.write(directory.resolve(golden.getKey() + ".bin"), bytes);
            Files.writeString(directory.resolve(golden.getKey() + ".txt"), Description.of(ByteBuffer.wrap(bytes)));
        }
    }

    private static void verify(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.bin")) {
            entries.forEach(files::add);
        }
        Collections.sort(files);
        int wrong = 0;
        for (Path file : files) {
            String name = file.getFileName().toString();
            Path expectation = directory.resolve(name.substring(0, name.length() - ".bin".length()) + ".txt");
            String said = Files.readString(expectation);
            String read;
            try {
                read = Description.of(ByteBuffer.wrap(Files.readAllBytes(file)));
            } catch (RuntimeException error) {
                read = error + "\n";
            }
            if (!read.equals(said)) {
                wrong++;
                System.out.println(name + ": its writer says\n" + said + "but Java reads\n" + read);
            }
        }
        System.out.println(files.size() + " files, " + wrong + " differ");
        if (wrong > 0 || files.isEmpty()) {
            System.exit(1);
        }
    }
}
