package dev.phaselock.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import dev.phaselock.local.TestCluster;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The committed resource definition on the test cluster. */
public final class InstalledCrd {
    private InstalledCrd() {}

    /** Applies it, and returns once the API server serves it. */
    public static synchronized void ensure() {
        var client = TestCluster.client();
        try (InputStream file = Files.newInputStream(Path.of("deploy/crds/schemachanges.phaselock.dev-v1.yml"))) {
            CustomResourceDefinition definition = client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .load(file)
                    .item();
            client.resource(definition).forceConflicts().serverSideApply();
            // Before its first status there are no conditions to look at.
            await().atMost(60, SECONDS)
                    .ignoreException(NullPointerException.class)
                    .until(() -> client
                            .apiextensions()
                            .v1()
                            .customResourceDefinitions()
                            .withName(definition.getMetadata().getName())
                            .get()
                            .getStatus()
                            .getConditions()
                            .stream()
                            .anyMatch(condition -> condition.getType().equals("Established")
                                    && condition.getStatus().equals("True")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
