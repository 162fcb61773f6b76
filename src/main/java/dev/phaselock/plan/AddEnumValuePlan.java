package dev.phaselock.plan;

import dev.phaselock.change.AddEnumValue;
import java.util.List;
import java.util.stream.Stream;

/**
 * Plans {@code ALTER TYPE … ADD VALUE}: one step, which locks no table. Nobody can use the value before it is committed,
 * so it has a transaction of its own.
 */
final class AddEnumValuePlan {
    private AddEnumValuePlan() {}

    static List<Phase> phases(AddEnumValue change, int index, Planning planning) {
        Probe.EnumType type = switch (planning.probe(index)) {
            case Probe.EnumType found -> found;
            case Probe.Failed failed ->
                throw new RefusedException(Reason.INVALID_TARGET, "%s %s".formatted(change.table(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for an enum");
        };
        boolean done = type.values().contains(change.value());
        if (!done) {
            Stream.of(change.before(), change.after())
                    .filter(neighbour -> neighbour != null && !type.values().contains(neighbour))
                    .findFirst()
                    .ifPresent(neighbour -> {
                        throw new RefusedException(
                                Reason.INVALID_TARGET, "%s has no value '%s'".formatted(type.name(), neighbour));
                    });
            if (!type.owned()) {
                throw new RefusedException(
                        Reason.PERMISSION_DENIED,
                        "role %s is not the owner of %s, %s is: GRANT %s TO %s"
                                .formatted(
                                        Names.shown(planning.facts().server().role()),
                                        type.name(),
                                        Names.shown(type.owner()),
                                        Names.quoted(type.owner()),
                                        Names.quoted(planning.facts().server().role())));
            }
        }
        return planning.brief(
                "Add value '" + change.value() + "' to " + type.name(),
                index,
                done,
                new LockSet(),
                List.of("ALTER TYPE " + type.name().quoted() + " " + change.action()),
                null);
    }
}
