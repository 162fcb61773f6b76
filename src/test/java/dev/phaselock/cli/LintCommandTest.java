package dev.phaselock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.phaselock.lint.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LintCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private String good;
    private String bad;

    @BeforeEach
    void writeFiles() throws IOException {
        good = file("good.sql", "CREATE TABLE n (id int);");
        bad = file("b,a:d.sql", "SELECT 1;\nCREATE INDEX ON t (a);\nUPDATE t SET a = 1 WHERE id = 1;\n");
    }

    @Test
    void itExitsByTheWorstLevelAndTheOneThatIsAskedFor() throws IOException {
        assertThat(CommandRun.of("lint", good).exit()).isZero();
        assertThat(CommandRun.of("lint", good, bad).exit()).isEqualTo(1);
        assertThat(CommandRun.of("lint", "--fail-on", "never", bad).exit()).isZero();
        assertThat(CommandRun.of("lint", "--ignore", "index-build,data-change", bad)
                        .exit())
                .isZero();
        String notice = file("notice.sql", "DELETE FROM t WHERE id = 1;");
        assertThat(CommandRun.of("lint", notice).exit()).isZero();
        assertThat(CommandRun.of("lint", "--fail-on", "notice", notice).exit()).isEqualTo(1);
    }

    @Test
    void peopleReadWhereWhyAndWhatInstead() {
        String text = CommandRun.of("lint", good, bad).out();
        assertThat(text)
                .contains(bad
                        + ":2:1: error  index-build\n    CREATE INDEX ON t (a)\n    why      Every write to t waits")
                .contains("instead  createIndex of a SchemaChange")
                .endsWith("2 files: 1 error, 0 warnings, 1 notice\n");
    }

    @Test
    void programsReadJson() throws IOException {
        JsonNode findings =
                JSON.readTree(CommandRun.of("lint", "-o", "json", bad).out());
        assertThat(findings).hasSize(2);
        assertThat(findings.get(0).path("file").asText()).isEqualTo(bad);
        assertThat(findings.get(0).path("line").asInt()).isEqualTo(2);
        assertThat(findings.get(0).path("rule").asText()).isEqualTo("index-build");
        assertThat(findings.get(0).path("lock").asText()).isEqualTo("SHARE");
        assertThat(JSON.readTree(CommandRun.of("lint", "-o", "json", good).out()))
                .isEmpty();
    }

    @Test
    void gitHubReadsAnnotationsWhoseTextCannotBreakOut() {
        String text = CommandRun.of("lint", "-o", "github", bad).out();
        assertThat(text.lines()).hasSize(2);
        assertThat(text)
                .startsWith("::error file=" + folder + "/b%2Ca%3Ad.sql,line=2,col=1,title=index-build::Every write")
                .contains("%0A");
    }

    @Test
    void codeScanningReadsSarif() throws IOException {
        JsonNode run = JSON.readTree(CommandRun.of("lint", "-o", "sarif", bad).out())
                .path("runs")
                .path(0);
        assertThat(run.path("tool").path("driver").path("rules")).hasSize(Rule.values().length);
        assertThat(run.path("results").findValuesAsText("level")).containsExactly("error", "note");
        assertThat(run.path("results").findValuesAsText("startLine")).containsExactly("2", "3");
    }

    @Test
    void whatCannotBeReadIsToldAndTheRestIsStillJudged() throws IOException {
        String broken = file("broken.sql", "SELECT 1;\n  ALTER TABEL t;");
        CommandRun run = CommandRun.of("lint", broken, folder + "/none.sql", bad);
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err())
                .contains(broken + ":2:9: syntax error at or near \"TABEL\"")
                .contains("none.sql: there is no such file");
        assertThat(run.out()).contains("index-build");

        assertThat(CommandRun.of("lint", "--ignore", "indexes", bad).err()).contains("--ignore: indexes is no rule");
        assertThat(CommandRun.of("lint").exit()).isEqualTo(2);
    }

    private String file(String name, String sql) throws IOException {
        return Files.writeString(folder.resolve(name), sql).toString();
    }
}
