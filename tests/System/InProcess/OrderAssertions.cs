namespace FastRelay.System.Tests.InProcess;

/// <summary>Whether some steps were taken in an order, whatever came between them.</summary>
internal static class OrderAssertions
{
    public static void ShouldContainInOrder<T>(this IReadOnlyList<T> steps, params T[] expected)
    {
        int at = 0;
        foreach (T step in expected)
        {
            while (at < steps.Count && !EqualityComparer<T>.Default.Equals(steps[at], step)) at++;
            at.ShouldBeLessThan(steps.Count, $"{step}, in this place, isn't among:\n{string.Join('\n', steps)}");
            at++;
        }
    }
}
