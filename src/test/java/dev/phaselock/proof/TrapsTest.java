package dev.phaselock.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TrapsTest {
    private static final Pattern TRAP = Pattern.compile("^\\| (\\d+)\\. .* \\| .* \\| (`.*`) \\|$");
    private static final Pattern NAMED = Pattern.compile("`(\\w+)\\.(\\w+)`");

    @Test
    void eachTrapHasTestsAndTheyAreThere() throws IOException {
        Map<String, String> sources = sources();
        List<Integer> traps = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("docs", "traps.md"))) {
            Matcher trap = TRAP.matcher(line);
            if (trap.matches()) {
                traps.add(Integer.parseInt(trap.group(1)));
                Matcher named = NAMED.matcher(trap.group(2));
                int tests = 0;
                while (named.find()) {
                    tests++;
                    assertThat(sources).as(line).containsKey(named.group(1));
                    assertThat(isTest(sources.get(named.group(1)), named.group(2)))
                            .as("%s.%s is a test", named.group(1), named.group(2))
                            .isTrue();
                }
                assertThat(tests).as(line).isPositive();
            }
        }
        assertThat(traps).isEqualTo(IntStream.rangeClosed(1, 18).boxed().toList());
    }

    private static boolean isTest(String source, String name) {
        return Pattern.compile(
                        "@(Test|ParameterizedTest|Property)\\b((?!\\bvoid\\b).)*void " + name + "\\(", Pattern.DOTALL)
                .matcher(source)
                .find();
    }

    private static Map<String, String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "test", "java"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("package-info.java"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""),
                            TrapsTest::read,
                            (one, _) -> one,
                            TreeMap::new));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
