/**
 * A claim on something that may be used once, such as a plan: that a workflow of its id has been is all that there is to
 * it. Whose it is stands in its memo. It takes no input, since one that is wrong would end it otherwise.
 * @see docs/decisions/0031-one-fleet-of-a-name.md
 */
export async function claim(): Promise<void> {
  // Done as soon as a worker takes it up. Until then it is a claim too.
}
