package dev.phaselock.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PodPreparationTest {
    private static final Map<String, Path> PATHS =
            Map.of("/run/db", Path.of("/tmp/a"), "/run/db/tls", Path.of("/tmp/b"));

    @Test
    void aPathOfAMountBecomesThePathOfThisMachine() {
        assertThat(PodPreparation.localPath("/run/db", PATHS)).isEqualTo("/tmp/a");
        assertThat(PodPreparation.localPath("/run/db/ca.crt", PATHS)).isEqualTo("/tmp/a/ca.crt");
    }

    @Test
    void ofMountsWithinOneAnotherTheInnermostCounts() {
        assertThat(PodPreparation.localPath("/run/db/tls/ca.crt", PATHS)).isEqualTo("/tmp/b/ca.crt");
    }

    @Test
    void anotherPathStaysAsItIs() {
        assertThat(PodPreparation.localPath("/run/dbs", PATHS)).isEqualTo("/run/dbs");
        assertThat(PodPreparation.localPath("file:/run/db", PATHS)).isEqualTo("file:/run/db");
    }

    @Test
    void aReferenceToAVariableIsExpandedUnlessItsDollarSignIsDoubled() {
        Map<String, String> variables = Map.of("A", "1$");
        assertThat(PodPreparation.expand("$(A)-$(B)-$$(A)-$A", variables)).isEqualTo("1$-$(B)-$(A)-$A");
    }
}
