package dev.phaselock.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.api.SetDefaultSpec;
import dev.phaselock.api.SetRowSecuritySpec;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReversalTest {
    private static List<Change> of(OperationSpec operation) {
        return Reversal.of(Changes.from(List.of(ChangeSpec.of(operation))).getFirst());
    }

    private static List<Change> changes(OperationSpec... operations) {
        return Changes.from(Arrays.stream(operations).map(ChangeSpec::of).toList());
    }

    @Test
    void aConstraintIsDroppedByItsName() {
        assertThat(of(new AddCheckSpec("orders", "\"Total\"", "total >= 0", null)))
                .isEqualTo(changes(new DropConstraintSpec("orders", "\"Total\"")));
    }

    @Test
    void whatHasNoNameInTheManifestCannotBeUndone() {
        assertThat(of(new AddCheckSpec("orders", null, "total >= 0", null))).isEmpty();
        assertThat(of(new CreateIndexSpec(
                        "orders",
                        null,
                        List.of(CreateIndexSpec.Column.of("total")),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null)))
                .isEmpty();
    }

    @Test
    void aPrimaryKeyGoesBeforeTheNotNullOfItsColumns() {
        assertThat(of(new AddPrimaryKeySpec("t", "t_pkey", List.of("b", "a"), null, null, null, null)))
                .extracting(Change::label)
                .containsExactly("drop t_pkey", "drop NOT NULL of b", "drop NOT NULL of a");
    }

    @Test
    void aKeyOnAnIndexThatWasThereBeforeCannotBeUndone() {
        assertThat(of(new AddUniqueSpec("t", "u", List.of("a"), null, null, null, null, "i")))
                .isEmpty();
    }

    @Test
    void aNameIsGivenBack() {
        assertThat(of(new RenameConstraintSpec("t", "before", "after")))
                .isEqualTo(changes(new RenameConstraintSpec("t", "after", "before")));
    }

    @Test
    void thePageSaysOfEveryOperationWhatUndoesIt() throws IOException {
        String page = Files.readString(Path.of("docs/deleting.md"));
        assertThat(Arrays.stream(ChangeSpec.class.getRecordComponents()).map(RecordComponent::getName))
                .allSatisfy(operation -> assertThat(page).contains("`" + operation + "`"));
    }

    @Test
    void whatReplacesSomethingCannotBeUndone() {
        assertThat(of(new SetDefaultSpec("t", "c", "1"))).isEmpty();
        assertThat(of(new DropConstraintSpec("t", "c"))).isEmpty();
        assertThat(of(new SetRowSecuritySpec("t", true, true))).isEmpty();
        assertThat(of(new SetRowSecuritySpec("t", true, null)))
                .isEqualTo(changes(new SetRowSecuritySpec("t", false, null)));
    }
}
