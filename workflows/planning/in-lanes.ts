/** Activities that are asked for at a time: their inputs go to the server in one message, which takes 4 MB. */
const LANES = 4;

/** Does something with each item, some at a time. The answers are in the order of the items, whichever is ready first. */
export async function inLanes<Item, Answer>(
  items: readonly Item[],
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const left = items.entries();
  const lane = async () => {
    for (const [index, item] of left) answers[index] = await work(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return answers;
}
