package dev.phaselock.operator;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The last line of a runner's log, through the API server ({@code pods/log}). */
final class RunnerLogs implements JobObserver.LastLine {
    private static final Logger LOG = LoggerFactory.getLogger(RunnerLogs.class);
    /** Far more than a line of progress has. */
    private static final int MOST_BYTES = 64 * 1024;

    private final KubernetesClient client;

    RunnerLogs(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public Optional<String> of(Pod pod) {
        try {
            String line = client.pods()
                    .inNamespace(pod.getMetadata().getNamespace())
                    .withName(pod.getMetadata().getName())
                    .inContainer(JobFactory.CONTAINER)
                    .limitBytes(MOST_BYTES)
                    .tailingLines(1)
                    .getLog();
            return Optional.ofNullable(line).map(String::strip).filter(text -> text.startsWith("{"));
        } catch (KubernetesClientException e) {
            // The pod just went, or its node does not answer: what was known before stays.
            LOG.debug("no log of pod {}: {}", pod.getMetadata().getName(), e.getMessage());
            return Optional.empty();
        }
    }
}
