package dev.phaselock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ends with exit code 2, before any database is asked: nothing listens at the URL that is given. */
class InvalidInputTest {
    private static final String NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "- {addForeignKey: {table: a, columns: [b], references: {table: c}}, addCheck: {table: a, expression: b}}| |spec.changes[0]",
                "- {}| |spec.changes[0]",
                "- {dropDatabase: {table: a}}| |dropDatabase",
                "- {addCheck: {table: a, expresion: b > 0}}| |expresion",
                "- {addCheck: {table: a}}| |expression",
                "- {addCheck: {table: 7, expression: b > 0}}| |spec.changes[0].addCheck.table",
                "- {addCheck: {table: a b, expression: b > 0}}| |spec.changes[0].addCheck.table",
                "- {addForeignKey: {table: a, columns: [b, c], references: {table: c, columns: [id]}}}| |spec.changes[0].addForeignKey.references.columns",
                "- {addForeignKey: {table: a, columns: [b], references: {table: c}, onDeleteColumns: [b]}}| |spec.changes[0].addForeignKey.onDeleteColumns",
                "- {addForeignKey: {table: a, columns: [b], references: {table: c}, initiallyDeferred: true}}| |spec.changes[0].addForeignKey.initiallyDeferred",
                "- {addForeignKey: {table: a, columns: [b], references: {table: c}, onDelete: Explode}}| |onDelete",
                "- {addCheck: {table: a, expression: b > 0}}|locks: {timeout: soon}|spec.locks.timeout",
                "- {addCheck: {table: a, expression: b > 0}}|locks: {deadline: -5s}|spec.locks.deadline",
                "- {addCheck: {table: a, expression: b > 0}}|locks: {budget: 5 minutes}|spec.locks.budget",
                "- {addCheck: {table: a, expression: b > 0}}|validation: {sample: -1}|spec.validation.sample",
                "- {addCheck: {table: a, expression: b > 0}}|locks: {window: {schedule: at 2 in the night, duration: 2h}}|spec.locks.window.schedule",
                "- {addCheck: {table: a, expression: b > 0}}|locks: {window: {schedule: 0 2 * * *, duration: 2h, timeZone: Moon}}|spec.locks.window.timeZone",
                "- {addCheck: {table: a, expression: b > 0}}|locks: {blockers: {action: Kill}}|spec.locks.blockers.action",
                "- {addCheck: {table: a, expression: b > 0}}|colour: blue|colour"
            })
    void anInvalidManifestIsRefusedWithTheFieldsName(String changes, String more, String field) throws IOException {
        String text = Shops.manifest("wrong", changes + "\n", more == null ? "" : more + "\n");
        String file = Shops.write(folder, text);

        for (CommandRun run : new CommandRun[] {
            CommandRun.of("run", "-f", file, "--url", NOWHERE),
            CommandRun.of("plan", "-f", file),
            CommandRun.of("plan", "-f", file, "--url", NOWHERE)
        }) {
            assertThat(run.exit()).as(run.err() + run.out()).isEqualTo(2);
            assertThat(run.err()).contains("wrong").contains(field);
            assertThat(run.out()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "---\n", "kind: Secret\napiVersion: v1\n", "a: [", "just words"})
    void aFileWithoutASchemaChangeIsRefused(String text) throws IOException {
        CommandRun run = CommandRun.of("plan", "-f", Shops.write(folder, text));

        assertThat(run.exit()).as(run.err() + run.out()).isEqualTo(2);
        assertThat(run.err()).contains("change.yaml");
    }

    @Test
    void anotherVersionOfTheResourceIsRefused() throws IOException {
        String file = Shops.write(folder, Shops.manifest("a", Shops.KEY, "").replace("v1alpha1", "v9"));

        CommandRun run = CommandRun.of("plan", "-f", file);

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("phaselock.dev/v9").contains("phaselock.dev/v1alpha1");
    }

    @Test
    void aFileThatIsTooLargeIsRefusedByItsLimit() throws IOException {
        Path file = Files.writeString(folder.resolve("large.yaml"), "#".repeat(Manifests.MAX_BYTES + 1));

        CommandRun run = CommandRun.of("run", "-f", file.toString(), "--url", NOWHERE);

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("larger than 1 MiB");
    }

    @Test
    void aMissingFileIsNamed() {
        CommandRun run =
                CommandRun.of("run", "-f", folder.resolve("missing.yaml").toString(), "--url", NOWHERE);

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("missing.yaml");
    }

    @Test
    void withoutADatabaseTheNextStepIsTold() throws IOException, InterruptedException {
        String file = Shops.write(folder, Shops.manifest("fk", Shops.KEY, ""));

        CommandRun run = CommandRun.ended(CommandRun.process(folder, "run", "-f", file), folder);

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("--url").contains("DATABASE_URL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mysql://a/b", "postgresql://a:secret@127.0.0.1:port/b", "nonsense"})
    void aUrlThatIsNoneIsRefusedWithoutRepeatingIt(String url) throws IOException {
        String file = Shops.write(folder, Shops.manifest("fk", Shops.KEY, ""));

        CommandRun run = CommandRun.of("run", "-f", file, "--url", url);

        assertThat(run.exit()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains("URL").doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "run", "plan", "up", "down", "demo"})
    void everyCommandHasHelp(String command) {
        CommandRun run = command.isEmpty() ? CommandRun.of("--help") : CommandRun.of(command, "--help");

        assertThat(run.exit()).isZero();
        assertThat(run.out()).startsWith("Usage: phaselock").contains(command);
        assertThat(run.err()).isEmpty();
    }

    @Test
    void thePhaseCommandHasHelpAndSaysWhoStartsIt() throws IOException, InterruptedException {
        CommandRun help = CommandRun.ended(CommandRun.process(folder, "phase", "--help"), folder);
        assertThat(help.exit()).isZero();

        CommandRun bare = CommandRun.ended(CommandRun.process(folder, "phase"), folder);
        assertThat(bare.exit()).isEqualTo(2);
        assertThat(bare.err()).contains("PHASELOCK_REQUEST");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rnu", "--wrong"})
    void anUnknownWordIsNotTakenForAnother(String word) {
        CommandRun run = CommandRun.of(word);

        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains(word).contains("--help");
    }
}
