/** Takes the room the page will take, so that nothing jumps when it arrives. */
export function PageSkeleton() {
  return (
    <div className="page-skeleton" aria-busy="true" aria-label="Loading" role="status">
      <i />
      <i />
      <i />
      <i />
    </div>
  );
}
