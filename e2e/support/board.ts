/** The board as a person uses it. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Status } from "#contracts/workflow";

export const LIVE_MS = 10_000;

/** Ready to work: the snapshot is there and the stream is live. */
export async function untilLive(page: Page): Promise<void> {
  await page
    .locator('[data-testid="connection"][data-status="live"]')
    .waitFor({ timeout: LIVE_MS });
}

export function card(page: Page, id: string) {
  return page.getByTestId(`card-${id}`);
}

export function column(page: Page, status: Status) {
  return page.getByTestId(`column-${status}`);
}

/** Waits until the card stands in the column. */
export async function standsIn(page: Page, id: string, status: Status): Promise<void> {
  await column(page, status).getByTestId(`card-${id}`).waitFor({ timeout: LIVE_MS });
}

export async function pickUp(page: Page, id: string): Promise<void> {
  const box = await boxOf(page, `card-${id}`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  // A browser takes it for a drag only after some pixels.
  await page.mouse.move(box.x + box.width / 2 + 12, box.y + box.height / 2 + 6, { steps: 4 });
}

export async function carryTo(page: Page, status: Status): Promise<void> {
  const box = await boxOf(page, `column-${status}`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 8 });
  await page.locator(`[data-testid="column-${status}"][data-over="true"]`).waitFor();
}

export async function dragTo(page: Page, id: string, status: Status): Promise<void> {
  await pickUp(page, id);
  await carryTo(page, status);
  await page.mouse.up();
}

async function boxOf(page: Page, testId: string) {
  const box = await page.getByTestId(testId).boundingBox();
  expect(box, `${testId} is in sight`).not.toBeNull();
  return box ?? { x: 0, y: 0, width: 0, height: 0 };
}
