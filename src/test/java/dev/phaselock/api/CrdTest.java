package dev.phaselock.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.crdv2.generator.CRDGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrdTest {
    private static final String FILE = "schemachanges.phaselock.dev-v1.yml";

    @Test
    void theCommittedDefinitionIsWhatTheJavaTypesSay(@TempDir Path folder) throws IOException {
        new CRDGenerator()
                .withPostProcessor(new CrdPostProcessor())
                .customResourceClasses(SchemaChange.class)
                .forCRDVersions("v1")
                .inOutputDir(folder.toFile())
                .generate();

        assertThat(Path.of("deploy/crds", FILE))
                .as("run the build (mvn package) and commit what it writes")
                .hasSameTextualContentAs(folder.resolve(FILE));
    }

    @Test
    void everyFieldIsDocumented() throws IOException {
        var definition = new com.fasterxml.jackson.dataformat.yaml.YAMLMapper()
                .readTree(Files.readString(Path.of("deploy/crds", FILE)));
        var schema = definition.at("/spec/versions/0/schema/openAPIV3Schema");

        assertThat(Undocumented.in(schema)).isEmpty();
    }
}
