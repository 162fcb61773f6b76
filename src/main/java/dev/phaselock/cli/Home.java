package dev.phaselock.cli;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The checkout that {@code ./phaselock} stands in: where the programs that a local cluster needs lie, and how processes of
 * Phaselock are started from it.
 */
final class Home {
    private static final String JAR = "target/phaselock-0.1.0-SNAPSHOT.jar";

    private final Path folder;

    private Home(Path folder) {
        this.folder = folder;
    }

    /** The one that {@code ./phaselock} tells. */
    static Home find() {
        String folder = System.getenv("PHASELOCK_HOME");
        if (folder == null || !Files.exists(Path.of(folder, "cluster", "build"))) {
            throw new IllegalStateException(
                    "a local cluster starts from a checkout of Phaselock: call ./phaselock there");
        }
        return new Home(Path.of(folder));
    }

    Path resolve(String path) {
        return folder.resolve(path);
    }

    /** The newest PostgreSQL that the build has fetched. */
    Path postgres() {
        try (Stream<Path> jars = Files.list(folder.resolve("target/postgres"))) {
            return jars.filter(jar -> jar.toString().endsWith(".jar"))
                    .max(java.util.Comparator.comparing(jar -> jar.getFileName().toString()))
                    .orElseThrow(
                            () -> new IllegalStateException("target/postgres has no PostgreSQL: run mvn package once"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The PostgreSQL of a major version that the build has fetched.
     *
     * @throws IllegalStateException when there is none
     */
    Path postgres(int major) {
        try (Stream<Path> jars = Files.list(folder.resolve("target/postgres"))) {
            return jars.filter(jar -> jar.getFileName().toString().startsWith(major + ".")
                            && jar.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("target/postgres has no PostgreSQL " + major));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** In a cluster they have machines of their own: here they leave the processors to the database when it wants them. */
    private static List<String> politely() {
        return onPath("nice") ? List.of("nice", "-n", "10") : List.of();
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** What the JVM keeps of an earlier start of a phase ({@link RunnerStart}); may be missing. */
    Path aotCache() {
        return folder.resolve("target/phase.aot");
    }

    /** A cache that does not fit any more is left alone by the JVM; its word about that would spoil the output. */
    List<String> cached() {
        return Files.exists(aotCache()) ? List.of("-XX:AOTCache=" + aotCache(), "-Xlog:aot*=off") : List.of();
    }

    /** The command line of what a Job's container runs, the image's entrypoint, so to speak. */
    List<String> entrypoint() {
        List<String> words = new ArrayList<>(politely());
        words.addAll(runner(cached(), Main.class));
        return words;
    }

    /**
     * The command line of a program that needs no more than a phase does. An AOT cache is good only for the options and
     * the class path of this, and for longer class paths that begin with it.
     */
    List<String> runner(List<String> options, Class<?> program, String... arguments) {
        List<String> words = new ArrayList<>();
        words.add(java());
        words.add(jvmOptions());
        words.addAll(options);
        words.add("-cp");
        words.add(runnerClassPath());
        words.add(program.getName());
        words.addAll(List.of(arguments));
        return words;
    }

    private String runnerClassPath() {
        String jar = folder.resolve(JAR).toString();
        try {
            return jar
                    + File.pathSeparator
                    + Files.readString(folder.resolve("target/runner.classpath"))
                            .strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String jvmOptions() {
        return "@" + folder.resolve("build/jvm.options");
    }

    /** The command line of the operator, with options of its JVM besides. */
    List<String> operator(List<String> options) {
        List<String> words = new ArrayList<>(politely());
        words.add(java());
        words.add(jvmOptions());
        words.add("@" + folder.resolve("build/operator.options"));
        words.add("-Xmx128m");
        words.addAll(options);
        words.add("-jar");
        words.add(folder.resolve("target/quarkus-app/quarkus-run.jar").toString());
        return words;
    }

    /** What a process of ours gets of this environment, and no more. */
    static Map<String, String> environment(Map<String, String> more) {
        Map<String, String> environment = Stream.of("PATH", "HOME", "LANG", "XDG_CACHE_HOME", "PHASELOCK_HOME")
                .filter(name -> System.getenv(name) != null)
                .collect(Collectors.toMap(name -> name, System::getenv, (one, _) -> one, LinkedHashMap::new));
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.putAll(more);
        return environment;
    }

    /** Whether a command is there to be called. */
    static boolean onPath(String command) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
    }
}
