package dev.phaselock.cli;

import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.cli.Manifests.InvalidManifestException;
import dev.phaselock.cli.Manifests.Manifest;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.InvalidConnectionException;
import dev.phaselock.postgres.Sessions;
import dev.phaselock.run.SessionFactory;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say which changes, and on which database. */
final class FileAndDatabase {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The file with the SchemaChanges; - for standard input. Other kinds in it are skipped.")
    private String file;

    @Option(
            names = {"-u", "--url"},
            paramLabel = "URL",
            description = {
                "The database: postgresql://user@host:port/name, or a JDBC URL. The password may stand in it, in PGPASSWORD,"
                        + " or in ~/.pgpass. DATABASE_URL when left out."
            })
    private String url;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /**
     * The SchemaChanges of the file.
     *
     * @throws ParameterException that says what is wrong with it, and where
     */
    List<Manifest> manifests() {
        if (file == null) {
            throw new ParameterException(command.commandLine(), "which SchemaChanges? Give --file FILE");
        }
        try {
            return Manifests.read(
                    file, message -> command.commandLine().getErr().println("phaselock: " + message));
        } catch (InvalidManifestException e) {
            throw new ParameterException(command.commandLine(), e.getMessage());
        }
    }

    boolean hasFile() {
        return file != null;
    }

    /** Whether the option or the environment says which database. */
    boolean hasDatabase() {
        return url() != null;
    }

    private @Nullable String url() {
        return url == null ? System.getenv("DATABASE_URL") : url;
    }

    /**
     * Opens sessions, by the name of the phase.
     *
     * @throws ParameterException when there is no URL, or none that can be used
     */
    Function<String, SessionFactory> sessions(Manifest manifest) {
        if (!hasDatabase()) {
            throw new ParameterException(
                    command.commandLine(),
                    "which database? Give --url postgresql://user@host:port/name, or set DATABASE_URL");
        }
        try {
            DatabaseSpec database = manifest.spec().database();
            ConnectionSettings settings = ConnectionSettings.ofUrl(url(), database, System.getenv());
            return phase -> new Sessions(settings, manifest.qualifiedName(), phase)::open;
        } catch (InvalidConnectionException e) {
            throw new ParameterException(command.commandLine(), e.getMessage());
        }
    }
}
