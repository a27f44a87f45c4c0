// Works through a list, several of its items at a time.
export async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i] as T, i);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
