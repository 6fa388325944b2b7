using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace FastRelay.Bench.Gate;

/// <summary>One benchmark with one set of parameters, as the gate runs it.</summary>
/// <param name="Name"><c>Class.Method</c>, or <c>Class.Method(parameter)</c>: the key in allocations.json.</param>
/// <param name="Benchmarks">The class.</param>
/// <param name="Method">The method.</param>
/// <param name="Parameters">The values to set beforehand.</param>
internal sealed record GatedStep(string Name, Type Benchmarks, MethodInfo Method, IReadOnlyDictionary<PropertyInfo, object?> Parameters)
{
    /// <summary>Every benchmark of this assembly, in the order of their names.</summary>
    public static IEnumerable<GatedStep> All() => Found().OrderBy(step => step.Name, StringComparer.Ordinal);

    /// <summary>Bytes that one call allocates.</summary>
    public long Measure()
    {
        object benchmarks = Activator.CreateInstance(Benchmarks)!;
        foreach (var (property, value) in Parameters) property.SetValue(benchmarks, value);
        return AllocationMeter.Measure(benchmarks, Method);
    }

    private static IEnumerable<GatedStep> Found() =>
        from type in typeof(GatedStep).Assembly.GetTypes()
        where !type.IsAbstract
        from method in type.GetMethods()
        where method.IsDefined(typeof(BenchmarkAttribute))
        from parameters in Combinations(type)
        let name = $"{type.Name}.{method.Name}"
        let arguments = string.Join(",", parameters.Values.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)))
        let full = arguments.Length == 0 ? name : $"{name}({arguments})"
        select new GatedStep(full, type, method, parameters);

    private static IEnumerable<IReadOnlyDictionary<PropertyInfo, object?>> Combinations(Type type)
    {
        IEnumerable<Dictionary<PropertyInfo, object?>> all = [[]];
        foreach (var property in type.GetProperties())
        {
            if (property.GetCustomAttribute<ParamsAttribute>() is not { } parameter) continue;
            all = all.SelectMany(_ => parameter.Values, (sofar, value) => new Dictionary<PropertyInfo, object?>(sofar) { [property] = value });
        }
        return all;
    }
}
