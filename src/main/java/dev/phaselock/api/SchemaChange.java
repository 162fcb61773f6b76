package dev.phaselock.api;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A change of a PostgreSQL schema that is carried out without making writers wait. */
@Group(SchemaChange.GROUP)
@Version(SchemaChange.VERSION)
@Kind(SchemaChange.KIND)
@Plural("schemachanges")
@Singular("schemachange")
@ShortNames("schg")
@ValidationRule(
        // Not by optional fields (.?changes): of those the API server does not know the bounds, and refuses the rule's
        // cost.
        value = "!has(oldSelf.status) || !has(oldSelf.status.begun) || !oldSelf.status.begun"
                + " || (has(self.spec.changes) == has(oldSelf.spec.changes)"
                + " && (!has(self.spec.changes) || self.spec.changes == oldSelf.spec.changes)"
                + " && has(self.spec.sql) == has(oldSelf.spec.sql)"
                + " && (!has(self.spec.sql) || self.spec.sql == oldSelf.spec.sql)"
                + " && has(self.spec.sqlFrom) == has(oldSelf.spec.sqlFrom)"
                + " && (!has(self.spec.sqlFrom) || self.spec.sqlFrom == oldSelf.spec.sqlFrom)"
                + " && self.spec.database == oldSelf.spec.database)",
        message =
                "spec.changes, spec.sql, spec.sqlFrom and spec.database cannot be edited once a phase that changes the database has begun:"
                        + " create another SchemaChange instead")
@ValidationRule(
        value = "!has(oldSelf.status) || !has(oldSelf.status.begun) || !oldSelf.status.begun"
                + " || !has(self.spec.deletionPolicy) || self.spec.deletionPolicy != 'Revert'"
                + " || (has(oldSelf.spec.deletionPolicy) && oldSelf.spec.deletionPolicy == 'Revert')",
        message = "spec.deletionPolicy cannot become Revert once a phase that changes the database has begun: what was"
                + " there before is not known any more")
@AdditionalPrinterColumn(name = "Target", jsonPath = ".status.target", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Change", jsonPath = ".status.change", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Step", jsonPath = ".status.step", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Tries", jsonPath = ".status.tries", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Reason",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Progress",
        jsonPath = ".status.progress",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Waited",
        jsonPath = ".status.waited",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Delayed",
        jsonPath = ".status.delayed",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Message",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class SchemaChange extends CustomResource<SchemaChangeSpec, SchemaChangeStatus> implements Namespaced {
    public static final String GROUP = "phaselock.dev";
    public static final String VERSION = "v1alpha1";
    public static final String KIND = "SchemaChange";

    /** Giving this annotation a new value starts a stalled change again. */
    public static final String RETRY_ANNOTATION = GROUP + "/retry";

    @Override
    @Required
    public SchemaChangeSpec getSpec() {
        return super.getSpec();
    }
}
