import { Button } from "@carbon/react";
import { Component, type ReactNode } from "react";
import { EmptyState } from "./empty-state.tsx";

interface Props {
  readonly children: ReactNode;
  /** A new value gives the content another try, for instance after a change of the page. */
  readonly resetKey: string;
}

interface State {
  readonly error: Error | undefined;
  readonly key: string;
}

/** One broken part does not take the page with it. React has no other way than a class for this. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined, key: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  static getDerivedStateFromProps(props: Props, state: State): State | null {
    return props.resetKey === state.key ? null : { error: undefined, key: props.resetKey };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <EmptyState
        title="This part of the page broke"
        action={
          <Button size="sm" kind="tertiary" onClick={() => this.setState({ error: undefined })}>
            Try again
          </Button>
        }
      >
        {error.message}. Your data is safe: nothing was changed by this.
      </EmptyState>
    );
  }
}
