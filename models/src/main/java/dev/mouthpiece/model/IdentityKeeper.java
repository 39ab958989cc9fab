package dev.mouthpiece.model;

/**
 * A lip-sync model whose identities outlive the process: what {@link LipSyncModel#prepare} has made is bytes that a later process of
 * the same package takes back, without the picture and without the work.
 */
public interface IdentityKeeper extends LipSyncModel {
    /**
     * An identity as bytes, some megabytes. Any thread.
     *
     * @param identity of this model, not closed
     */
    byte[] keep(Identity identity);

    /**
     * Takes back what {@link #keep} gave, and gives it a slot. Any thread.
     *
     * @param patchSize of the identity that was kept
     * @throws ModelException if the bytes are no identity of this model
     */
    Identity restore(int patchSize, byte[] kept);
}
