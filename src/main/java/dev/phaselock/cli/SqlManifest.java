package dev.phaselock.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.SchemaChange;
import dev.phaselock.change.Changes;
import dev.phaselock.change.InvalidChangeException;
import dev.phaselock.convert.InconvertibleException;
import dev.phaselock.convert.SqlChanges;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.SqlPosition;
import dev.phaselock.sql.SqlSyntaxException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Prints the SchemaChange that does what a file of SQL says. */
final class SqlManifest {
    /** Jobs are named after it, and have 63 characters. */
    private static final int LONGEST_NAME = 50;

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    private final CommandLine command;
    private final String file;
    private final @Nullable String name;
    private final String secret;

    SqlManifest(CommandLine command, String file, @Nullable String name, String secret) {
        this.command = command;
        this.file = file;
        this.name = name;
        this.secret = secret;
    }

    /** The exit code. */
    int print() {
        List<ChangeSpec> changes;
        try {
            changes = SqlChanges.of(new PgParser(), SqlFiles.read(file));
            if (changes.isEmpty()) {
                throw new ParameterException(command, file + ": there is nothing to change in it");
            }
            Changes.from(changes);
        } catch (NoSuchFileException e) {
            throw new ParameterException(command, file + ": there is no such file", e);
        } catch (CharacterCodingException e) {
            throw new ParameterException(command, file + ": not UTF-8", e);
        } catch (IOException e) {
            throw new ParameterException(command, file + ": cannot be read: " + e.getMessage(), e);
        } catch (SqlSyntaxException e) {
            throw new ParameterException(command, at(e.position()) + e.reason(), e);
        } catch (InconvertibleException e) {
            throw new ParameterException(command, at(e.position()) + e.getMessage() + "; nothing is printed", e);
        } catch (InvalidChangeException e) {
            throw new ParameterException(command, file + ": " + e.getMessage(), e);
        }
        command.getOut().print(manifest(changes));
        command.getOut().flush();
        return ExitCodes.READY;
    }

    private String at(@Nullable SqlPosition position) {
        return file + (position == null ? ": " : ":" + position.line() + ":" + position.column() + ": ");
    }

    private String manifest(List<ChangeSpec> changes) {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("database", Map.of("secretRef", Map.of("name", secret)));
        spec.put("changes", changes);
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("apiVersion", SchemaChange.GROUP + "/" + SchemaChange.VERSION);
        manifest.put("kind", SchemaChange.KIND);
        manifest.put("metadata", Map.of("name", name == null ? nameOf(file) : name));
        manifest.put("spec", spec);
        try {
            return "# Made from "
                    + (file.equals("-")
                            ? "standard input"
                            : Path.of(file).getFileName().toString().replaceAll("\\p{Cntrl}", "?"))
                    + ". See to spec.database.secretRef: the Secret has to be in the same namespace.\n"
                    + YAML.writeValueAsString(manifest);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What Kubernetes takes for a name: V7__Orders.sql becomes v7-orders. */
    static String nameOf(String file) {
        String base =
                file.equals("-") ? "from-sql" : Path.of(file).getFileName().toString();
        String name = base.toLowerCase(Locale.ROOT)
                .replaceFirst("\\.sql$", "")
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
        String cut = name.length() <= LONGEST_NAME
                ? name
                : name.substring(0, LONGEST_NAME).replaceAll("-$", "");
        return cut.isEmpty() ? "from-sql" : cut;
    }
}
