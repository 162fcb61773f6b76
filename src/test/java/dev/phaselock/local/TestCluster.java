package dev.phaselock.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** The control plane's programs for tests, built when they are first asked for. */
public final class TestCluster {
    private TestCluster() {}

    static KubernetesBinaries binaries() {
        try {
            return KubernetesBinaries.build(Path.of("cluster", "build"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
