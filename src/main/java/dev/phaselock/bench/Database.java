package dev.phaselock.bench;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where to measure. All that is in the database may be dropped, and the server's settings are changed.
 *
 * @param jdbcUrl with the superuser and its password
 * @param url the same as {@code postgresql://…}
 * @param application JDBC: the way that the application comes; the same, unless a pooler stands before the server
 * @param standby JDBC: a standby that the application reads from; null where there is none
 */
public record Database(
        String jdbcUrl,
        String url,
        String application,
        @Nullable String standby) {
    /** With nothing before and nothing behind it. */
    public Database(String jdbcUrl, String url) {
        this(jdbcUrl, url, jdbcUrl, null);
    }

    /** {@code postgresql://…} for another role. */
    String urlOf(String role, String password) {
        return url.replaceFirst("//" + URI.create(url).getRawUserInfo() + "@", "//" + role + ":" + password + "@");
    }
}
