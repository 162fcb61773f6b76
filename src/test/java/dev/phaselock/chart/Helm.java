package dev.phaselock.chart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The real Helm, which cluster/tools/build has built, on the chart of this checkout. */
final class Helm {
    static final Path CHART = Path.of("helm", "phaselock");
    static final String NAMESPACE = "phaselock-system";

    private static @Nullable String program;

    /** What it said, on both of its outputs, and how it ended. */
    record Answer(int exitCode, String text) {}

    private Helm() {}

    static Answer run(String... arguments) {
        List<String> command = new ArrayList<>(List.of(program()));
        command.addAll(List.of(arguments));
        return call(command, ProcessBuilder.Redirect.PIPE);
    }

    /** {@code helm template phaselock} with more arguments; it has to succeed. */
    static String template(String... arguments) {
        List<String> all = new ArrayList<>(
                List.of("template", "phaselock", CHART.toString(), "--namespace", NAMESPACE, "--skip-tests"));
        all.addAll(List.of(arguments));
        Answer answer = run(all.toArray(String[]::new));
        assertThat(answer.exitCode()).as(answer.text()).isZero();
        return answer.text();
    }

    /** The objects of a template. */
    static List<GenericKubernetesResource> objects(String yaml) {
        return Stream.of(yaml.split("(?m)^---$"))
                .filter(document -> document.contains("kind:"))
                .map(document -> Serialization.unmarshal(document, GenericKubernetesResource.class))
                .toList();
    }

    private static synchronized String program() {
        if (program == null) {
            Answer folder = call(
                    List.of(Path.of("cluster", "tools", "build")
                            .toAbsolutePath()
                            .toString()),
                    ProcessBuilder.Redirect.INHERIT);
            assertThat(folder.exitCode()).isZero();
            program = Path.of(folder.text().strip(), "helm").toString();
        }
        return program;
    }

    private static Answer call(List<String> command, ProcessBuilder.Redirect errors) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors);
            builder.redirectErrorStream(errors.equals(ProcessBuilder.Redirect.PIPE));
            Process process = builder.start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(process.waitFor(), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
