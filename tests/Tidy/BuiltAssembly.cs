using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace FastRelay.Tidy.Tests;

/// <summary>
/// What the metadata of a built assembly says; the assembly is not loaded. Missing output is a failure with the path in it,
/// because a check that finds nothing to check must not pass.
/// </summary>
internal sealed class BuiltAssembly
{
    public BuiltAssembly(string path)
    {
        File.Exists(path).ShouldBeTrue($"{path} isn't built; build the solution first");
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        Name = metadata.GetString(metadata.GetAssemblyDefinition().Name);
        References = [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
        AllowsUnsafeCode = metadata.GetModuleDefinition().GetCustomAttributes()
            .Any(handle => NameOfAttribute(metadata, handle) == "UnverifiableCodeAttribute");
        Tests = [.. ReadTests(metadata)];
    }

    public string Name { get; }

    /// <summary>Simple names of the assemblies that the code uses.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary>Whether the compiler was let to emit unverifiable code.</summary>
    public bool AllowsUnsafeCode { get; }

    /// <summary>The facts and theories of a test assembly.</summary>
    public IReadOnlyList<TestMethod> Tests { get; }

    private static IEnumerable<TestMethod> ReadTests(MetadataReader metadata)
    {
        foreach (TypeDefinition type in metadata.TypeDefinitions.Select(metadata.GetTypeDefinition))
        {
            string typeName = metadata.GetString(type.Name);
            List<string> ofType = [.. Claims(metadata, type.GetCustomAttributes())];
            foreach (MethodDefinition method in type.GetMethods().Select(metadata.GetMethodDefinition))
            {
                CustomAttributeHandleCollection attributes = method.GetCustomAttributes();
                if (!attributes.Any(handle => NameOfAttribute(metadata, handle) is "FactAttribute" or "TheoryAttribute")) continue;
                yield return new TestMethod(
                    $"{typeName}.{metadata.GetString(method.Name)}",
                    new HashSet<string>([.. ofType, .. Claims(metadata, attributes)], StringComparer.Ordinal));
            }
        }
    }

    private static IEnumerable<string> Claims(MetadataReader metadata, CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttributeHandle handle in attributes)
        {
            if (NameOfAttribute(metadata, handle) != "TraitAttribute") continue;
            BlobReader value = metadata.GetBlobReader(metadata.GetCustomAttribute(handle).Value);
            value.ReadUInt16(); // the prolog, ECMA-335 II.23.3
            if (value.ReadSerializedString() == "Claim") yield return value.ReadSerializedString()!;
        }
    }

    private static string NameOfAttribute(MetadataReader metadata, CustomAttributeHandle handle)
    {
        EntityHandle constructor = metadata.GetCustomAttribute(handle).Constructor;
        if (constructor.Kind == HandleKind.MethodDefinition)
        {
            TypeDefinitionHandle declaring = metadata.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType();
            return metadata.GetString(metadata.GetTypeDefinition(declaring).Name);
        }

        EntityHandle parent = metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent;
        return parent.Kind == HandleKind.TypeReference
            ? metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)parent).Name)
            : "";
    }
}
