/**
 * Cursor of a grid whose rows differ in length: the cell that the Tab key reaches, moved by the arrow keys, Home and End.
 * Pure.
 */
export type GridCursor = ReturnType<typeof createGridCursor>;

/** Creates a cursor in the first cell; `widths` returns the number of cells of each row. */
export function createGridCursor(widths: () => readonly number[]) {
  let [row, column] = [0, 0];

  /** Moves to the next or previous cell, also across the end of a row. */
  function step(by: 1 | -1): void {
    const all = widths();
    const [width = 0, previous = 0] = [all[row], all[row - 1]];
    if (column + by >= 0 && column + by < width) column += by;
    else if (by > 0 && row + 1 < all.length) [row, column] = [row + 1, 0];
    else if (by < 0 && row > 0) [row, column] = [row - 1, previous - 1];
  }
  /** Moves to the row above or below; returns false above the first one. */
  function climb(by: 1 | -1): boolean {
    const all = widths();
    if (row + by < 0) return false;
    row = Math.min(row + by, all.length - 1);
    column = Math.max(0, Math.min(column, (all[row] ?? 1) - 1));
    return true;
  }

  return {
    isAt: (r: number, c: number): boolean => r === row && c === column,
    at: (): [row: number, column: number] => [row, column],
    /** Moves to the first cell of a row; without one, of the grid. */
    reset(to = 0): void {
      [row, column] = [to, 0];
    },
    /** Moves for a key: false at the upper edge, `undefined` for a key that moves nothing. */
    move(key: string, isRtl: boolean): boolean | undefined {
      const forward = isRtl ? "ArrowLeft" : "ArrowRight";
      if (key === "ArrowUp") return climb(-1);
      if (key === "ArrowDown") return climb(1);
      if (key === "ArrowLeft" || key === "ArrowRight") step(key === forward ? 1 : -1);
      else if (key === "Home") column = 0;
      else if (key === "End") column = (widths()[row] ?? 1) - 1;
      else return undefined;
      return true;
    },
  };
}
