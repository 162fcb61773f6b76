package dev.phaselock.operator;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a status that is being written. {@code lastTransitionTime} moves only when a condition's status
 * does; every one carries the generation that was looked at.
 */
final class Conditions {
    /** What the API server allows, far above what is needed. */
    private static final int MESSAGE_LENGTH = 1024;

    private final Map<ConditionType, Condition> previous = new EnumMap<>(ConditionType.class);
    private final Map<ConditionType, Condition> present = new EnumMap<>(ConditionType.class);
    private final long generation;
    private final String now;

    /** Starts without any: what is not set is not there afterwards. */
    Conditions(List<Condition> previous, long generation, Instant now) {
        for (ConditionType type : ConditionType.values()) {
            previous.stream()
                    .filter(condition -> type.label().equals(condition.getType()))
                    .findFirst()
                    .ifPresent(condition -> this.previous.put(type, condition));
        }
        this.generation = generation;
        this.now = now.toString();
    }

    void set(ConditionType type, Status status, ConditionReason reason, String message) {
        Condition before = previous.get(type);
        boolean same = before != null && status.label().equals(before.getStatus());
        present.put(
                type,
                new ConditionBuilder()
                        .withType(type.label())
                        .withStatus(status.label())
                        .withReason(reason.label())
                        .withMessage(cut(message))
                        .withObservedGeneration(generation)
                        .withLastTransitionTime(same ? before.getLastTransitionTime() : now)
                        .build());
    }

    /** Leaves a condition as it was, or Unknown where there was none. */
    void keep(ConditionType type) {
        Condition before = previous.get(type);
        if (before == null) {
            set(type, Status.UNKNOWN, ConditionReason.PENDING, "Not looked at yet.");
        } else {
            set(
                    type,
                    Status.valueOf(before.getStatus().toUpperCase(java.util.Locale.ROOT)),
                    ConditionReason.of(before.getReason()).orElse(ConditionReason.PENDING),
                    before.getMessage());
        }
    }

    boolean wasTrue(ConditionType type) {
        return Optional.ofNullable(previous.get(type))
                .map(condition -> Status.TRUE.label().equals(condition.getStatus()))
                .orElse(false);
    }

    @Nullable
    Condition before(ConditionType type) {
        return previous.get(type);
    }

    @Nullable
    Condition now(ConditionType type) {
        return present.get(type);
    }

    /** In the order of {@link ConditionType}. */
    List<Condition> list() {
        return new ArrayList<>(present.values());
    }

    private static String cut(String message) {
        return message.length() <= MESSAGE_LENGTH ? message : message.substring(0, MESSAGE_LENGTH - 1) + "…";
    }

    /** A condition's status. */
    enum Status {
        TRUE("True"),
        FALSE("False"),
        UNKNOWN("Unknown");

        private final String label;

        Status(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }

        static Status of(boolean value) {
            return value ? TRUE : FALSE;
        }
    }
}
