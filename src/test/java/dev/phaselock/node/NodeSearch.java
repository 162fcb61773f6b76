package dev.phaselock.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;

/** Looks for the databases' passwords where none may be. */
final class NodeSearch {
    private static final List<String> KINDS = List.of("schemachanges", "jobs", "pods", "events");

    private NodeSearch() {}

    /** In what the API server holds, but for Secrets, and in the operators' logs. */
    static void assertNoPassword() {
        NodeInstallation installation = NodeInstallation.get();
        Set<String> passwords = installation.passwords();
        assertThat(passwords).isNotEmpty();
        for (String kind : KINDS) {
            String text = installation.kubectl("get", kind, "--all-namespaces", "-o", "json");
            assertThat(text).contains("\"metadata\"");
            assertThat(passwords).as(kind).noneMatch(text::contains);
        }
        for (var pod : installation.operators()) {
            String log = installation.kubectl(
                    "-n", NodeInstallation.NAMESPACE, "logs", pod.getMetadata().getName());
            assertThat(log).isNotBlank();
            assertThat(passwords).as("the operator's log").noneMatch(log::contains);
        }
    }
}
