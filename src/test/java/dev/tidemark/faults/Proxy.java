package dev.tidemark.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A network between client and server that can be cut, or go dead. */
final class Proxy implements AutoCloseable {
    private static final int BUFFER = 16_384;

    private final ServerSocket entrance;
    private final int serverPort;
    private final List<Line> lines = new CopyOnWriteArrayList<>();

    private Proxy(ServerSocket entrance, int serverPort) {
        this.entrance = entrance;
        this.serverPort = serverPort;
    }

    /** Leads to that port of this machine. */
    static Proxy to(int serverPort) throws IOException {
        Proxy proxy = new Proxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), serverPort);
        daemon(proxy::accept, "proxy");
        return proxy;
    }

    int port() {
        return entrance.getLocalPort();
    }

    /** Connections that are open now, oldest first. */
    List<Line> lines() {
        return lines.stream().filter(line -> !line.isClosed()).toList();
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
                Line line = new Line(client, server);
                lines.add(line);
                daemon(() -> line.pass(client, server), "proxy to server");
                daemon(() -> line.pass(server, client), "proxy to client");
            } catch (IOException e) {
                // The entrance was closed, or the server is not there; the client sees it.
                System.getLogger(Proxy.class.getName()).log(System.Logger.Level.DEBUG, "no connection", e);
            }
        }
    }

    private static void daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Closes everything. */
    @Override
    public void close() throws IOException {
        entrance.close();
        lines.forEach(Line::cut);
    }

    /** One connection. */
    static final class Line {
        private final Socket client;
        private final Socket server;
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile boolean dead;

        private Line(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        private boolean isClosed() {
            return client.isClosed();
        }

        /** From now on nothing comes through, and neither side is told. */
        void die() {
            dead = true;
        }

        /** The client gives a dead connection up, as its system does after a while. The server still knows nothing. */
        void clientGivesUp() throws IOException {
            client.setSoLinger(true, 0);
            client.close();
        }

        /** Closes both sides. */
        void cut() {
            ended.countDown();
            for (Socket side : List.of(client, server)) {
                try {
                    side.close();
                } catch (IOException e) {
                    System.getLogger(Proxy.class.getName()).log(System.Logger.Level.DEBUG, "closed already", e);
                }
            }
        }

        private void pass(Socket from, Socket to) {
            byte[] buffer = new byte[BUFFER];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    if (dead) {
                        ended.await();
                    }
                    out.write(buffer, 0, count);
                }
            } catch (IOException e) {
                System.getLogger(Proxy.class.getName()).log(System.Logger.Level.DEBUG, "a side has gone", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!dead) {
                cut();
            }
        }
    }
}
