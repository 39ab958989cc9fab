package dev.mouthpiece.worker.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/** Between rows and sessions. */
final class SessionRows implements RowMapper<Session> {
    static final SessionRows SESSION = new SessionRows();

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private SessionRows() {}

    @Override
    public Session map(ResultSet row, StatementContext context) throws SQLException {
        final String failureCode = row.getString("failure_code");
        return new Session(
                row.getLong("seq"),
                row.getString("id"),
                row.getString("api"),
                row.getString("owner"),
                SessionState.of(row.getString("state")),
                spec(row.getString("spec")),
                new Session.Times(
                        Instant.ofEpochMilli(row.getLong("created_at")),
                        time(row, "queued_at"),
                        time(row, "started_at"),
                        time(row, "first_frame_at"),
                        time(row, "ending_at"),
                        time(row, "finished_at")),
                row.getString("end_reason"),
                failureCode == null
                        ? null
                        : new Session.Failure(failureCode, String.valueOf(row.getString("failure_message"))),
                new Session.Usage(row.getLong("billable_ms"), row.getLong("frames")));
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        final long ms = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(ms);
    }

    static String json(SessionSpec spec) {
        try {
            return JSON.writeValueAsString(spec);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SessionSpec spec(String json) {
        try {
            return JSON.readValue(json, SessionSpec.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a session's row does not read", e);
        }
    }
}
