package dev.phaselock.operator;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.operator.Decision.EventOrder;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes events about a change, for {@code kubectl describe} and {@code kubectl events}. What happens again within minutes
 * is the same event, a series with a count, as events.k8s.io/v1 means it; its note stays the first one's, for only the
 * series of an event can be changed. Which events there are is remembered in memory only: a new operator begins new ones.
 */
final class EventRecorder {
    private static final Logger LOG = LoggerFactory.getLogger(EventRecorder.class);
    private static final String CONTROLLER = "phaselock.dev/operator";
    private static final int LONGEST_NOTE = 1024;
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
    /** A series ends when it rests for so long; as client-go's recorder has it. */
    private static final Duration SERIES = Duration.ofMinutes(6);

    private static final int REMEMBERED = 5_000;

    private final KubernetesClient client;
    private final Clock clock;
    private final String instance;
    private final Map<Kind, Told> told = new LinkedHashMap<>();

    /** What makes two events one. */
    private record Kind(String uid, ConditionReason reason, boolean warning) {}

    /** An event that was written: its name, how often it happened, and when it did last. */
    private record Told(String name, int count, Instant last) {}

    EventRecorder(KubernetesClient client, Clock clock, String instance) {
        this.client = client;
        this.clock = clock;
        this.instance = instance;
    }

    /** An event that cannot be written is not worth failing for. */
    void record(SchemaChange change, EventOrder order) {
        // Its message is in the event and in the status; here it could only say too much.
        LOG.info("{}", order.reason().label());
        var kind = new Kind(change.getMetadata().getUid(), order.reason(), order.warning());
        Instant now = clock.instant();
        try {
            Told before = before(kind, now);
            if (before != null && again(change, before, now)) {
                remember(kind, new Told(before.name(), before.count() + 1, now));
            } else {
                Event event = client.resource(event(change, order, now)).create();
                remember(kind, new Told(event.getMetadata().getName(), 1, now));
            }
        } catch (KubernetesClientException e) {
            LOG.warn("the event {} could not be written: {}", order.reason().label(), e.getMessage());
        }
    }

    private @Nullable Told before(Kind kind, Instant now) {
        if (kind.reason() == ConditionReason.BLOCKER_ENDED) {
            // Each says whom: none of them is a second time of another.
            return null;
        }
        synchronized (told) {
            Told before = told.get(kind);
            return before == null || before.last().plus(SERIES).isBefore(now) ? null : before;
        }
    }

    private void remember(Kind kind, Told latest) {
        synchronized (told) {
            // The one that rests for the longest goes first.
            told.remove(kind);
            told.put(kind, latest);
            if (told.size() > REMEMBERED) {
                told.remove(told.keySet().iterator().next());
            }
        }
    }

    /** Counts one more; false when the event is there no more. */
    private boolean again(SchemaChange change, Told before, Instant now) {
        try {
            // Not by withName, which reads it first: the operator may not read events.
            client.resource(new EventBuilder()
                            .withNewMetadata()
                            .withNamespace(change.getMetadata().getNamespace())
                            .withName(before.name())
                            .endMetadata()
                            .build())
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"series\":{\"count\":%d,\"lastObservedTime\":\"%s\"}}"
                                    .formatted(before.count() + 1, MICROSECONDS.format(now)));
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private Event event(SchemaChange change, EventOrder order, Instant now) {
        return new EventBuilder()
                .withNewMetadata()
                .withNamespace(change.getMetadata().getNamespace())
                .withGenerateName(cut(change.getMetadata().getName(), 200) + "-")
                .endMetadata()
                .withEventTime(new MicroTime(MICROSECONDS.format(now)))
                .withType(order.warning() ? "Warning" : "Normal")
                .withReason(order.reason().label())
                .withAction("Reconcile")
                .withNote(cut(order.message(), LONGEST_NOTE))
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
