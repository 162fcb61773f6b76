package dev.phaselock.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArgoCdManifestTest {
    @Test
    void thePatchOfArgoCdsConfigMapHoldsTheScript() throws IOException {
        Map<?, ?> patch =
                Serialization.unmarshal(Files.readString(Path.of("deploy", "argocd", "argocd-cm.yaml")), Map.class);
        assertThat(patch)
                .isEqualTo(Map.of(
                        "data",
                        Map.of(
                                "resource.customizations.health.phaselock.dev_SchemaChange",
                                Files.readString(Path.of("deploy", "argocd", "health.lua")))));
    }
}
