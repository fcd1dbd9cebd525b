export async function showWorkers(..._: unknown[]): Promise<void> {}
