/** Latest ids that the application has handled; older ones are forgotten first. */
export class SeenWindow {
  private readonly ids = new Set<string>();

  constructor(private readonly size = 10_000) {}

  has(id: string): boolean {
    return this.ids.has(id);
  }

  add(id: string): void {
    this.ids.add(id);
    if (this.ids.size > this.size) this.ids.delete(this.ids.values().next().value ?? id);
  }
}
