using System.Net;
using FastRelay.System.Tests.Processes;

namespace FastRelay.System.Tests.Services;

/// <summary>A real web server in a process of its own (Node.js): GET serves a file, PUT answers with the SHA-256 of what it got.</summary>
internal sealed class WebService : IAsyncDisposable
{
    private const string Script = """
        const http = require('http'), fs = require('fs'), crypto = require('crypto');
        const server = http.createServer((request, response) => {
          if (request.method === 'PUT') {
            const hash = crypto.createHash('sha256');
            request.on('data', part => hash.update(part)).on('end', () => response.end(hash.digest('hex')));
          } else fs.createReadStream(process.argv[1]).pipe(response);
        });
        server.listen(0, '127.0.0.1', 1024, () => console.log('port ' + server.address().port));
        """;

    private WebService(RunningProcess process, IPEndPoint endPoint)
    {
        Process = process;
        EndPoint = endPoint;
    }

    public RunningProcess Process { get; }

    public IPEndPoint EndPoint { get; }

    public static async Task<WebService> StartAsync(string file)
    {
        var process = RunningProcess.Start("node", ["-e", Script, file]);
        string line = await process.LineAsync(text => text.StartsWith("port ", StringComparison.Ordinal), FastRelayProgram.Patience);
        return new WebService(process, IPEndPoint.Parse("127.0.0.1:" + line[5..]));
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
