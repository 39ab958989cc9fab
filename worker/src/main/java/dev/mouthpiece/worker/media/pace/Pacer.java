package dev.mouthpiece.worker.media.pace;

import java.util.ArrayList;

/** Steps the media clocks of all sessions. Owned by the pacer's thread. */
public final class Pacer {
    private final ArrayList<PacedTrack> tracks = new ArrayList<>();

    public void add(PacedTrack track) {
        tracks.add(track);
    }

    public void remove(PacedTrack track) {
        tracks.remove(track);
    }

    /** Does every tick that is due. Returns their number. */
    public int doWork(long nowNs) {
        int work = 0;
        for (int i = 0; i < tracks.size(); i++) {
            work += tracks.get(i).doWork(nowNs);
        }
        return work;
    }
}
