package dev.mouthpiece.worker.livekit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import livekit.LivekitModels.ParticipantInfo;
import org.jspecify.annotations.Nullable;

/**
 * Who else is in the room. A participant is known by its identity; one that joins anew counts as gone and there again.
 *
 * <p>The session's turn.
 */
final class Roster {
    /** What has changed. */
    interface Changes {
        void onParticipant(RemoteParticipant participant);

        void onParticipantGone(RemoteParticipant participant);
    }

    private record Entry(RemoteParticipant participant, int version) {}

    private final Changes changes;
    private final Map<String, Entry> byIdentity = new LinkedHashMap<>();
    /** Who was named since the last resume; null while that does not matter. */
    private @Nullable Set<String> named;

    Roster(Changes changes) {
        this.changes = changes;
    }

    @Nullable
    RemoteParticipant find(String identity) {
        final Entry entry = byIdentity.get(identity);
        return entry == null ? null : entry.participant();
    }

    List<RemoteParticipant> all() {
        return byIdentity.values().stream().map(Entry::participant).toList();
    }

    /** A new session has begun at the server: these are there, nobody else. */
    void replace(Collection<ParticipantInfo> present) {
        final var identities = new HashSet<String>();
        present.forEach(info -> identities.add(info.getIdentity()));
        removeAllBut(identities);
        present.forEach(this::update);
    }

    /** The session goes on: from now on it is noted who is named. */
    void onResumed() {
        named = new HashSet<>();
    }

    /** After a resume the server names everybody; who was not named has left meanwhile. */
    void onResumeSettled() {
        final Set<String> present = named;
        named = null;
        if (present != null && !present.isEmpty()) {
            removeAllBut(present);
        }
    }

    void update(ParticipantInfo info) {
        if (info.getState() == ParticipantInfo.State.DISCONNECTED) {
            onDisconnected(info);
            return;
        }
        if (named != null) {
            named.add(info.getIdentity());
        }
        final Entry known = byIdentity.get(info.getIdentity());
        final boolean sameSession = known != null && known.participant().sid().equals(info.getSid());
        if (known != null && sameSession && info.getVersion() < known.version()) {
            return;
        }
        if (known != null && !sameSession) {
            byIdentity.remove(info.getIdentity());
            changes.onParticipantGone(known.participant());
        }
        final RemoteParticipant participant = RemoteParticipant.of(info);
        byIdentity.put(info.getIdentity(), new Entry(participant, info.getVersion()));
        changes.onParticipant(participant);
    }

    /** Of one that was never told to be there too: it may have sent packets all the same. */
    private void onDisconnected(ParticipantInfo info) {
        final Entry known = byIdentity.get(info.getIdentity());
        if (known != null && !known.participant().sid().equals(info.getSid())) {
            return;
        }
        byIdentity.remove(info.getIdentity());
        changes.onParticipantGone(RemoteParticipant.of(info));
    }

    private void removeAllBut(Set<String> present) {
        for (final Entry entry : new ArrayList<>(byIdentity.values())) {
            final RemoteParticipant participant = entry.participant();
            if (!present.contains(participant.identity())) {
                byIdentity.remove(participant.identity());
                changes.onParticipantGone(participant);
            }
        }
    }
}
