package dev.mouthpiece.worker.media.life;

import dev.mouthpiece.model.Manifest;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The small movements of a living face, one frame at a time: the same seed gives the same life.
 *
 * <p>It knows parameters by these names, and leaves others at rest: {@code blink} (0 open .. 1 shut), {@code gazex},
 * {@code gazey}, {@code dx}, {@code dy} (pixels of a 256 px patch), {@code roll}, {@code yaw}, {@code pitch} (radians),
 * {@code talk} (0 the portrait's own mouth .. 1 a mouth ready to speak), {@code smile}, {@code breath}. Every value is
 * kept inside the manifest's range. The figures: blinks every 3.6 s on average (log-normal; people 2-5 s), 80 ms to close
 * and 160 ms to open, one in eight double; a glance every 0.7-3 s, quick there, small; head motion as sums of three
 * slow sines of incommensurable periods, wider and quicker while speaking; a nod with each emphasis. {@linkplain #feel Moods} bend
 * these figures; the neutral ones change nothing.
 *
 * <p>Owned by the device thread; allocates only when made.
 */
public final class LifeGenerator {
    private static final double[] SWAY_HZ = {0.11, 0.197, 0.331};
    private static final double[] SWAY_WEIGHT = {0.50, 0.32, 0.18};
    private static final int AXES = 5;
    private static final double BREATH_HZ = 0.25;
    private static final double TALK_RISE_S = 0.18;
    private static final double TALK_FALL_S = 0.40;
    private static final double NOD_ATTACK_S = 0.09;
    private static final double NOD_RELEASE_S = 0.28;
    private static final double LIVELY_S = 0.8;
    private static final double BLINK_CLOSE_S = 0.08;
    private static final double BLINK_HOLD_S = 0.04;
    private static final double BLINK_OPEN_S = 0.16;
    private static final double SACCADE_S = 0.06;
    /** A change of mood shows over about two seconds. */
    private static final double MOOD_S = 0.7;

    /** Beyond the usual, energy makes the head move more often rather than farther: it has its bounds. */
    private static final double REACH = 0.4;

    /** Half-shut eyes blink slowly. */
    private static final double SLOW_LIDS = 1.6;

    /** A lid that hangs less is drawn translucent, which is seen when it stays. */
    private static final double LEAST_LIDS = 0.36;

    /** Lids come to hang, or not any more, with a blink, which follows so soon. */
    private static final double HURRY_S = 0.4;

    private final Manifest.Parameter[] parameters;
    private final Motion[] motions;
    private final SplittableRandom random;
    private final double frameS;
    private final double[] phase = new double[AXES * SWAY_HZ.length];
    private final double breathPhase;

    private double timeS;
    private double talk;
    private double nod;
    private double lively;
    private double sway;
    private double nextBlinkS;
    private double blinkStartS = Double.NEGATIVE_INFINITY;
    private double blinkPace = 1;
    private boolean doubleBlink;
    private double nextGlanceS;
    private double glanceStartS;
    private double gazeFromX;
    private double gazeFromY;
    private double gazeToX;
    private double gazeToY;

    private Moods moods = Moods.NEUTRAL;

    // The mood as it shows.
    private double energy = Mood.NEUTRAL.energy();
    private double smile = Mood.NEUTRAL.smile();
    private double brows = Mood.NEUTRAL.brows();
    private double blinks = Mood.NEUTRAL.blinks();
    private double lids = Mood.NEUTRAL.lids();

    /** The parameters that this generator moves. */
    private enum Motion {
        BLINK,
        GAZEX,
        GAZEY,
        DX,
        DY,
        ROLL,
        YAW,
        PITCH,
        TALK,
        SMILE,
        BREATH,
        REST
    }

    /**
     * @param life the model's life parameters, in its order
     * @param fps frames per second
     * @param seed chooses the life
     */
    public LifeGenerator(List<Manifest.Parameter> life, int fps, long seed) {
        parameters = life.toArray(Manifest.Parameter[]::new);
        motions = new Motion[parameters.length];
        for (int i = 0; i < motions.length; i++) {
            motions[i] = motionOf(parameters[i].name());
        }
        random = new SplittableRandom(seed);
        frameS = 1.0 / fps;
        for (int i = 0; i < phase.length; i++) {
            phase[i] = random.nextDouble() * 2 * Math.PI;
        }
        breathPhase = random.nextDouble() * 2 * Math.PI;
        nextBlinkS = 0.6 + random.nextDouble() * 2.0;
        nextGlanceS = 0.8 + random.nextDouble() * 1.5;
    }

    /** How the face feels from now on. What shows of it changes gradually. */
    public void feel(Moods next) {
        moods = next;
    }

    /** How far the brows are to be raised in this frame, 0..1. They belong to what a model makes of the voice, not to its life. */
    public float brows() {
        return (float) brows;
    }

    /**
     * Advances by one frame.
     *
     * @param speaking whether the frame belongs to speech
     * @param emphasis 0..1: how much the voice stresses this frame
     * @param out receives a value per life parameter, from {@code offset} on
     */
    public void next(boolean speaking, float emphasis, float[] out, int offset) {
        timeS += frameS;
        talk = towards(talk, speaking ? 1 : 0, speaking ? TALK_RISE_S : TALK_FALL_S);
        lively += (1 - Math.exp(-frameS / LIVELY_S)) * ((speaking ? 1 : 0) - lively);
        final double tau = emphasis > nod ? NOD_ATTACK_S : NOD_RELEASE_S;
        nod += (1 - Math.exp(-frameS / tau)) * ((speaking ? emphasis : 0) - nod);
        followMoods();
        sway += frameS * (1 + 0.6 * lively) * energy;
        glance();
        final double blink = blink();
        final double reach = energy < 1 ? energy : 1 + REACH * (energy - 1);

        for (int i = 0; i < motions.length; i++) {
            final double value =
                    switch (motions[i]) {
                        case BLINK -> blink;
                        case GAZEX -> gaze(gazeFromX, gazeToX);
                        case GAZEY -> gaze(gazeFromY, gazeToY);
                        case DX -> reach * (0.9 + 0.9 * lively) * slow(0);
                        case DY -> reach * ((0.6 + 0.6 * lively) * slow(1) + 1.3 * nod);
                        case ROLL -> reach * (0.008 + 0.010 * lively) * slow(2);
                        case YAW -> reach * (0.022 + 0.034 * lively) * slow(3);
                        case PITCH -> reach * ((0.012 + 0.016 * lively) * slow(4) + 0.045 * nod);
                        case TALK -> talk * talk * (3 - 2 * talk);
                        case SMILE -> 0.05 * slow(2) + 0.04 * (1 - lively) + smile(parameters[i]);
                        case BREATH -> 0.5 - 0.5 * Math.cos(2 * Math.PI * BREATH_HZ * timeS + breathPhase);
                        case REST -> parameters[i].rest();
                    };
            out[offset + i] = (float) Math.clamp(value, (double) parameters[i].min(), (double) parameters[i].max());
        }
    }

    private void followMoods() {
        final double share = 1 - Math.exp(-frameS / MOOD_S);
        final Mood idle = moods.idle();
        final Mood speaking = moods.speaking();
        energy += share * (between(idle.energy(), speaking.energy()) - energy);
        smile += share * (between(idle.smile(), speaking.smile()) - smile);
        brows += share * (between(idle.brows(), speaking.brows()) - brows);
        blinks += share * (between(idle.blinks(), speaking.blinks()) - blinks);
    }

    /** How far the lids are to hang. */
    private double wantedLids() {
        final double wanted =
                lively < 0.5 ? moods.idle().lids() : moods.speaking().lids();
        return wanted < LEAST_LIDS / 2 ? 0 : Math.max(LEAST_LIDS, wanted);
    }

    private double between(double idle, double speaking) {
        return idle + lively * (speaking - idle);
    }

    /** The mood's smile in the parameter's own measure. */
    private double smile(Manifest.Parameter parameter) {
        return smile * (smile > 0 ? parameter.max() : -parameter.min());
    }

    private static Motion motionOf(String name) {
        for (final Motion motion : Motion.values()) {
            if (motion != Motion.REST && motion.name().equalsIgnoreCase(name)) {
                return motion;
            }
        }
        return Motion.REST;
    }

    private double towards(double value, double goal, double seconds) {
        final double step = frameS / seconds;
        return Math.abs(goal - value) <= step ? goal : value + Math.signum(goal - value) * step;
    }

    /** A sum of slow sines in about [-1, 1]. */
    private double slow(int axis) {
        double sum = 0;
        for (int i = 0; i < SWAY_HZ.length; i++) {
            sum += SWAY_WEIGHT[i] * Math.sin(2 * Math.PI * SWAY_HZ[i] * sway + phase[axis * SWAY_HZ.length + i]);
        }
        return sum;
    }

    private double blink() {
        final double wanted = wantedLids();
        if (wanted != lids) {
            nextBlinkS = Math.min(nextBlinkS, timeS + HURRY_S);
        }
        final double shut = lidsShut();
        if (shut > 0.9) {
            lids = wanted;
        }
        return lids + (1 - lids) * shut;
    }

    private double lidsShut() {
        if (timeS >= nextBlinkS) {
            blinkStartS = timeS - frameS;
            blinkPace = 1 + SLOW_LIDS * lids;
            final boolean again = !doubleBlink && random.nextInt(8) == 0;
            doubleBlink = again;
            nextBlinkS = timeS + (again ? 0.36 : Math.clamp(Math.exp(1.15 + 0.5 * gauss()) / blinks, 1.0, 9.0));
        }
        final double t = (timeS - blinkStartS) / blinkPace;
        if (t < BLINK_CLOSE_S) {
            return ease(t / BLINK_CLOSE_S);
        }
        return 1 - ease((t - BLINK_CLOSE_S - BLINK_HOLD_S) / BLINK_OPEN_S);
    }

    private void glance() {
        if (timeS < nextGlanceS) {
            return;
        }
        gazeFromX = gaze(gazeFromX, gazeToX);
        gazeFromY = gaze(gazeFromY, gazeToY);
        glanceStartS = timeS - frameS;
        final boolean away = random.nextInt(10) < 3 + (int) (2 * lively);
        gazeToX = away ? 1.7 * (2 * random.nextDouble() - 1) : 0.35 * (2 * random.nextDouble() - 1);
        gazeToY = away ? 0.7 * (2 * random.nextDouble() - 1) : 0.2 * (2 * random.nextDouble() - 1);
        nextGlanceS = timeS + (away ? 0.5 + 0.9 * random.nextDouble() : 0.9 + 2.1 * random.nextDouble()) / energy;
        if (away && Math.abs(gazeToX - gazeFromX) > 1.3 && random.nextInt(3) == 0) {
            nextBlinkS = Math.min(nextBlinkS, timeS);
        }
    }

    private double gaze(double from, double to) {
        return from + (to - from) * ease((timeS - glanceStartS) / SACCADE_S);
    }

    private static double ease(double t) {
        final double x = Math.clamp(t, 0.0, 1.0);
        return x * x * (3 - 2 * x);
    }

    /** About normal with deviation 1: the sum of 12 uniforms less 6. */
    private double gauss() {
        double sum = -6;
        for (int i = 0; i < 12; i++) {
            sum += random.nextDouble();
        }
        return sum;
    }
}
