package dev.phaselock.postgres;

import dev.phaselock.local.LocalPostgres;
import java.sql.SQLException;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/** A running PostgreSQL server of one major version. */
public final class PgServer {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final int major;
    private final LocalPostgres local;
    private final Deque<String> made = new ConcurrentLinkedDeque<>();

    PgServer(int major, LocalPostgres local) {
        this.major = major;
        this.local = local;
    }

    public int major() {
        return major;
    }

    public int port() {
        return local.port();
    }

    public LocalPostgres local() {
        return local;
    }

    /** A fresh database, owned by the superuser. */
    public PgDatabase newDatabase() throws SQLException {
        String name = "test_" + NUMBER.incrementAndGet();
        database("postgres").execute("CREATE DATABASE " + name);
        made.add(name);
        return database(name);
    }

    /** How many databases {@link #newDatabase} made that are there still. */
    int databases() {
        return made.size();
    }

    /** Drops the newest databases of {@link #newDatabase}, also those with sessions, until there are no more than so many. */
    void keepDatabases(int number) throws SQLException {
        while (made.size() > number) {
            database(made.removeLast()).drop();
        }
    }

    /** A database that is there, or is not. */
    public PgDatabase database(String name) {
        return new PgDatabase(this, name);
    }

    /**
     * A fresh role that may log in.
     *
     * @param attributes further attributes, for instance {@code CREATEDB}; may be empty
     */
    public PgRole newRole(String attributes) throws SQLException {
        int number = NUMBER.incrementAndGet();
        PgRole role = new PgRole("role_" + number, "secret" + number);
        database("postgres")
                .execute("CREATE ROLE " + role.name() + " LOGIN " + attributes + " PASSWORD '" + role.password() + "'");
        return role;
    }

    /** The superuser. */
    public PgRole superuser() {
        return new PgRole(LocalPostgres.SUPERUSER, local.password());
    }

    /** For the name of a parameterized test. */
    @Override
    public String toString() {
        return "PostgreSQL " + major;
    }

    /** A role and its password, both of plain letters and digits. */
    public record PgRole(String name, String password) {}
}
