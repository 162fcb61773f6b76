package dev.phaselock.plan;

import dev.phaselock.api.ValidationSpec.ExistingViolations;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Plans {@code ATTACH PARTITION}, which by itself reads all rows of the partition under ACCESS EXCLUSIVE, and all rows of
 * a default partition too. A valid check proves to it that there is nothing to read: that each row belongs to the
 * partition, and of the default partition that none does. Both are added NOT VALID, validated, and dropped by the step
 * that attaches (facts; measured on 13 to 18 by the server's own messages).
 *
 * <p>The check of the default partition comes last: from then on until the partition is there, rows of its range are
 * refused.
 */
final class AttachPartitionPlan {
    /** From here on a foreign key of another table that refers to the partitioned one locks that other. Measured. */
    private static final int REFERRING_LOCKED_SINCE = 15;

    private static final String NOT_SUPPORTED = "0A000";

    private final AttachPartition change;
    private final int index;
    private final Planning planning;
    private final Requirements requirements;
    private final Table table;
    private final Table partition;
    private final Probe.Partition wanted;
    private final PartitionFit fit;
    private final boolean attached;
    private final @Nullable Table defaultPartition;
    private final List<RowProof> proofs = new ArrayList<>();

    private AttachPartitionPlan(AttachPartition change, int index, Planning planning) {
        this.change = change;
        this.index = index;
        this.planning = planning;
        this.requirements = new Requirements(planning.facts());
        this.table = requirements.table(change.table(), EnumSet.of(Kind.PARTITIONED));
        this.partition = requirements.table(change.partition(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        planning.claimDefinition(partition, "partition of another", index);
        this.wanted = wanted();
        this.fit = new PartitionFit(table, partition);
        this.attached = attached();
        String bound = Objects.requireNonNull(wanted.bound());
        this.defaultPartition = bound.equals("DEFAULT")
                ? null
                : table.descendants().stream()
                        .filter(part -> part.relation().oid() == wanted.defaultPartition())
                        .findFirst()
                        .orElse(null);
        String hashed = table.name().quoted() + "\0" + partition.name().quoted() + "\0" + bound;
        if (wanted.expression() != null) {
            proofs.add(proof("phaselock_attach", hashed, partition, wanted.expression(), wanted.forms()));
        }
        if (defaultPartition != null && defaultPartition.kind() != Kind.FOREIGN && wanted.exclusion() != null) {
            proofs.add(
                    proof("phaselock_default", hashed, defaultPartition, wanted.exclusion(), wanted.exclusionForms()));
        }
    }

    static List<Phase> phases(AttachPartition change, int index, Planning planning) {
        return new AttachPartitionPlan(change, index, planning).phases();
    }

    private List<Phase> phases() {
        if (!attached) {
            if (defaultPartition != null && defaultPartition.partitioned()) {
                throw new RefusedException(
                        Reason.UNSUPPORTED,
                        "%s, the default partition, is partitioned itself: add a check to it that excludes the new partition's rows (addCheck), and attach by hand"
                                .formatted(defaultPartition.name()));
            }
            fit.require(wanted.nullable());
        }
        boolean added = proofs.stream().allMatch(RowProof::added);
        boolean left = proofs.stream().anyMatch(RowProof::left);
        boolean done = attached && !left;
        require(added, done);
        List<Phase> phases = new ArrayList<>();
        if (!proofs.isEmpty() && planning.validation().existingViolations() != ExistingViolations.PROCEED) {
            phases.add(planning.phase(
                    PhaseType.VERIFY,
                    "Look for rows that are in the wrong place for " + shown(),
                    index,
                    List.of(new Step.Verify(
                            "Look at the existing rows",
                            added,
                            proofs.stream()
                                    .flatMap(proof -> proof.violations().stream())
                                    .toList()))));
        }
        for (RowProof proof : proofs) {
            phases.add(planning.phase(
                    PhaseType.APPLY,
                    "Add a check of the bound to " + proof.table().name() + ", NOT VALID",
                    index,
                    List.of(proof.add(planning.major()))));
            phases.add(planning.phase(
                    PhaseType.VALIDATE,
                    "Validate the bound on " + proof.table().name(),
                    index,
                    List.of(proof.validate())));
        }
        proofs.forEach(proof -> proof.rest(planning));
        phases.add(planning.phase(
                PhaseType.APPLY, "Attach " + shown() + " to " + table.name(), index, List.of(attach(done))));
        return phases;
    }

    private Step attach(boolean done) {
        List<String> statements = new ArrayList<>();
        if (done || !attached) {
            statements.add("ALTER TABLE " + table.name().quoted() + " ATTACH PARTITION "
                    + partition.name().quoted() + " " + change.bound().strip());
        }
        proofs.stream().filter(proof -> done || proof.dropped()).forEach(proof -> statements.add(proof.drop()));
        LockSet locks = new LockSet();
        if (attached && !done) {
            proofs.stream().filter(RowProof::left).forEach(proof -> proof.lock(locks, LockMode.ACCESS_EXCLUSIVE));
        } else {
            attachingLocks(locks);
        }
        List<@Nullable String> guards = new ArrayList<>();
        guards.add(Guards.sameDescendants(planning.major(), table, partition));
        if (!attached) {
            proofs.forEach(proof -> guards.add(proof.valid()));
            guards.add(fit.guard());
        }
        return new Step.Brief(
                "Attach it, drop the checks",
                done,
                locks.toList(),
                statements,
                Guards.all(guards.toArray(String[]::new)));
    }

    private void attachingLocks(LockSet locks) {
        locks.add(table, LockMode.SHARE_UPDATE_EXCLUSIVE)
                .add(partition, LockMode.ACCESS_EXCLUSIVE)
                .addAll(partition.descendants(), LockMode.ACCESS_EXCLUSIVE);
        if (defaultPartition != null) {
            locks.add(defaultPartition, LockMode.ACCESS_EXCLUSIVE);
        }
        fit.referenced().forEach(oid -> {
            Table referenced = planning.facts().table(oid);
            // Triggers of the partition's own key go, and the partitioned table's are enough.
            locks.add(referenced, LockMode.ACCESS_EXCLUSIVE);
            locks.addAll(referenced.partitioned() ? referenced.descendants() : List.of(), LockMode.ACCESS_EXCLUSIVE);
        });
        if (planning.major() >= REFERRING_LOCKED_SINCE) {
            wanted.referencing().forEach(oid -> locks.add(planning.facts().table(oid), LockMode.SHARE_ROW_EXCLUSIVE));
        }
    }

    private RowProof proof(String prefix, String hashed, Table rows, String expression, java.util.Set<String> forms) {
        return new RowProof(
                rows, OwnNames.of(prefix, partition.name().name().name(), hashed), expression, forms, attached);
    }

    private void require(boolean added, boolean done) {
        List<Table> altered = Stream.concat(
                        Stream.of(partition),
                        Stream.concat(partition.descendants().stream(), Stream.ofNullable(defaultPartition)))
                .toList();
        if (!done) {
            requirements.owner(Stream.concat(Stream.of(table), altered.stream()).toList());
        }
        if (!added && planning.validation().existingViolations() != ExistingViolations.PROCEED) {
            List<Table> read =
                    altered.stream().filter(rows -> rows.kind() == Kind.TABLE).toList();
            requirements.selectAll(read);
            requirements.noRowSecurity(
                    read,
                    "ALTER ROLE %s BYPASSRLS, name a role that sees all rows in database.role, or set validation.existingViolations to Proceed");
        }
    }

    private boolean attached() {
        if (wanted.there() == 0) {
            return false;
        }
        if (wanted.there() != table.relation().oid()) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    partition.name() + " is a partition or a child of another table: detach it there first"
                            + " (detachPartition)");
        }
        if (wanted.pending()) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s is being detached from %s, and that was interrupted: let detachPartition finish it first"
                            .formatted(partition.name(), table.name()));
        }
        if (!Objects.equals(wanted.thereBound(), wanted.bound())) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s is a partition of %s already, by another bound: %s; wanted: %s"
                            .formatted(partition.name(), table.name(), wanted.thereBound(), wanted.bound()));
        }
        return true;
    }

    private Probe.Partition wanted() {
        return switch (planning.probe(index)) {
            case Probe.Partition found -> found;
            case Probe.Failed failed
            when failed.sqlState().equals(NOT_SUPPORTED) ->
                throw new RefusedException(
                        Reason.UNSUPPORTED, "%s as a partition: %s".formatted(partition.name(), failed.message()));
            case Probe.Failed failed ->
                throw new RefusedException(
                        Reason.INVALID_TARGET,
                        "PostgreSQL does not take %s as a partition of %s: %s"
                                .formatted(partition.name(), table.name(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for a partition");
        };
    }

    private String shown() {
        return partition.name().toString();
    }
}
