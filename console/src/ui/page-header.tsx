import type { ReactNode } from "react";

interface PageHeaderProps {
  readonly title: string;
  readonly facts?: ReactNode;
  readonly children?: ReactNode;
}

export function PageHeader({ title, facts, children }: PageHeaderProps) {
  return (
    <header className="page-header">
      <h1>{title}</h1>
      <div className="page-header__facts">{facts}</div>
      {children}
    </header>
  );
}
