import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDemo } from "../demo/demo-server.ts";
import { Parts, loadAllParts, part, retryParts } from "./part.tsx";
import { startRuntime } from "./runtime.ts";

beforeEach(() => {
  startRuntime(createDemo({ alive: false }));
});
afterEach(cleanup);

/** A part behind a server that is away until it is told to come back. */
function behindServer() {
  let isAway = true;
  let tries = 0;
  const Part = part(() => {
    tries += 1;
    if (isAway) return Promise.reject(new TypeError("Failed to fetch"));
    return Promise.resolve(() => <p>the part itself</p>);
  });
  return { Part, tries: () => tries, comesBack: () => (isAway = false) };
}

describe("a part of the page that cannot be loaded", () => {
  it("says so, and is there once trying again helps", async () => {
    const { Part, comesBack } = behindServer();
    render(
      <Parts missingIn="page">
        <Part />
      </Parts>,
    );
    const again = async () => userEvent.click(await screen.findByRole("button"));
    await screen.findByText("This part of the page is missing");
    await again();
    await screen.findByText("This part of the page is missing");
    comesBack();
    await again();
    await screen.findByText("the part itself");
    expect(screen.queryByText("This part of the page is missing")).toBeNull();
  });

  it("comes by itself when the server does", async () => {
    const { Part, comesBack } = behindServer();
    render(
      <Parts missingIn="corner">
        <Part />
      </Parts>,
    );
    await screen.findByText("This part of the page is missing");
    comesBack();
    retryParts();
    expect(await screen.findByText("the part itself")).toBeTruthy();
  });

  it("is shown as its fallback where that says all there is to say", async () => {
    const { Part } = behindServer();
    render(
      <Parts fallback={<p>in plain words</p>}>
        <Part />
      </Parts>,
    );
    await screen.findByText("in plain words");
    retryParts();
    expect(await screen.findByText("in plain words")).toBeTruthy();
  });
});

it("what cannot be loaded ahead of time is loaded when it is needed", async () => {
  const { Part, tries, comesBack } = behindServer();
  await loadAllParts();
  expect(tries()).toBe(1);
  comesBack();
  render(
    <Parts missingIn="page">
      <Part />
    </Parts>,
  );
  await screen.findByText("the part itself");
});
