// Keeps the picture up to date: one request at a time, always of the newest
// layout, so that fast painting never piles up work on the server.

const wait = (seconds) =>
  new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

export class Refresher {
  /**
   * @param {() => Promise<Blob>} render Makes the picture of what is there.
   * @param {object} on `start()`, `picture(blob, seconds)`, `late(error)`
   *     before another try, `failed(error)` at the end.
   */
  constructor(render, on) {
    this.render = render;
    this.on = on;
    this.wanted = 0;
    this.shown = 0;
    this.running = false;
  }

  get upToDate() {
    return this.shown === this.wanted;
  }

  /** Asks for a picture of the state from now on. */
  async refresh() {
    this.wanted++;
    if (this.running) return;
    this.running = true;
    this.on.start();
    let tries = 0;
    while (!this.upToDate) {
      const current = this.wanted;
      const started = performance.now();
      try {
        const blob = await this.render();
        this.shown = current;
        tries = 0;
        await this.on.picture(blob, (performance.now() - started) / 1000);
      } catch (error) {
        const passing = [0, 502, 503, 504].includes(error.status);
        if (passing && ++tries <= 5) {
          this.on.late(error);
          await wait(error.retryAfter ?? Math.min(2 ** tries / 2, 8));
        } else {
          this.shown = current;
          this.on.failed(error);
        }
      }
    }
    this.running = false;
  }
}
