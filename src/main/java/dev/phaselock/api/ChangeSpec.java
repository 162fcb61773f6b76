package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** One entry of {@code spec.changes}: exactly one operation. */
@ValidationRule(
        value = "[has(self.addForeignKey), has(self.addCheck)].exists_one(x, x)",
        message = "exactly one operation is wanted in each entry of changes")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChangeSpec(
        @JsonPropertyDescription("Adds a foreign key.") AddForeignKeySpec addForeignKey,
        @JsonPropertyDescription("Adds a check constraint.") AddCheckSpec addCheck) {

    /** The entry with this operation alone. */
    public static ChangeSpec of(OperationSpec operation) {
        RecordComponent[] components = ChangeSpec.class.getRecordComponents();
        try {
            Constructor<ChangeSpec> constructor = ChangeSpec.class.getDeclaredConstructor(
                    Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            return constructor.newInstance(Stream.of(components)
                    .map(component -> component.getType().isInstance(operation) ? operation : null)
                    .toArray());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record of our own cannot be made", e);
        }
    }

    /** The operations that are there, by their fields' names; exactly one unless the entry is wrong. */
    public Map<String, OperationSpec> operations() {
        Map<String, OperationSpec> operations = new LinkedHashMap<>();
        try {
            for (RecordComponent component : ChangeSpec.class.getRecordComponents()) {
                if (component.getAccessor().invoke(this) instanceof OperationSpec operation) {
                    operations.put(component.getName(), operation);
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record of our own cannot be read", e);
        }
        return operations;
    }
}
