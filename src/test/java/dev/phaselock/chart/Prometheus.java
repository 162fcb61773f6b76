package dev.phaselock.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prometheus and its operator, as far as a chart meets them; build/alerts has their versions. */
final class Prometheus {
    private static final Path FOLDER = Path.of("build", "alerts");

    private static @Nullable Path definitions;

    private Prometheus() {}

    /** The folder of Prometheus Operator's resource definitions. */
    static synchronized Path definitions() {
        if (definitions == null) {
            String module = "github.com/prometheus-operator/prometheus-operator";
            run("", "go", "mod", "download", module);
            String folder =
                    run("", "go", "list", "-m", "-f", "{{.Dir}}", module).strip();
            definitions = Path.of(folder, "example", "prometheus-operator-crd");
        }
        return definitions;
    }

    /** The metrics that rules are about; Prometheus' own parser has to take the rules. */
    static List<String> metricsOf(Object spec) {
        return run(Serialization.asJson(spec), "go", "run", ".").lines().toList();
    }

    private static String run(String input, String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(FOLDER.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
