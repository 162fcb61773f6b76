package dev.phaselock.operator;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.operator.Decision.EventOrder;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes events about a change, for {@code kubectl describe} and {@code kubectl events}. */
final class EventRecorder {
    private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
    private static final String CONTROLLER = "phaselock.dev/operator";
    private static final int LONGEST_NOTE = 1024;
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final KubernetesClient client;
    private final Clock clock;
    private final String instance;

    EventRecorder(KubernetesClient client, Clock clock, String instance) {
        this.client = client;
        this.clock = clock;
        this.instance = instance;
    }

    /** An event that cannot be written is not worth failing for. */
    void record(SchemaChange change, EventOrder order) {
        try {
            client.resource(event(change, order)).create();
        } catch (KubernetesClientException e) {
            LOG.warn(
                    "the event {} of {}/{} could not be written: {}",
                    order.reason().label(),
                    change.getMetadata().getNamespace(),
                    change.getMetadata().getName(),
                    e.getMessage());
        }
    }

    private Event event(SchemaChange change, EventOrder order) {
        Instant now = clock.instant();
        String note = order.message();
        return new EventBuilder()
                .withNewMetadata()
                .withNamespace(change.getMetadata().getNamespace())
                .withGenerateName(cut(change.getMetadata().getName(), 200) + "-")
                .endMetadata()
                .withEventTime(new MicroTime(MICROSECONDS.format(now)))
                .withType(order.warning() ? "Warning" : "Normal")
                .withReason(order.reason().label())
                .withAction("Reconcile")
                .withNote(cut(note, LONGEST_NOTE))
                .withReportingController(CONTROLLER)
                .withReportingInstance(cut(instance, 128))
                .withNewRegarding()
                .withApiVersion(change.getApiVersion())
                .withKind(change.getKind())
                .withNamespace(change.getMetadata().getNamespace())
                .withName(change.getMetadata().getName())
                .withUid(change.getMetadata().getUid())
                .endRegarding()
                .build();
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }
}
