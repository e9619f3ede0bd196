// A hub over gorilla/websocket: a goroutine reads, one writes, a buffered channel between; what has piled up goes out in
// one frame, line by line.
package main

import (
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

const (
	queued = 4096
	// What fits the write buffer goes out as one frame; more would be cut into fragments.
	batch = 256
)

var upgrader = websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 32768, WriteBufferPool: &sync.Pool{}}

type topic struct {
	sync.RWMutex
	members map[chan []byte]bool
}

var (
	topicsLock sync.Mutex
	topics     = map[string]*topic{}
)

func topicOf(name string) *topic {
	topicsLock.Lock()
	defer topicsLock.Unlock()
	found := topics[name]
	if found == nil {
		found = &topic{members: map[chan []byte]bool{}}
		topics[name] = found
	}
	return found
}

func write(conn *websocket.Conn, queue chan []byte) {
	defer conn.Close()
	for message := range queue {
		writer, err := conn.NextWriter(websocket.TextMessage)
		if err != nil {
			return
		}
		writer.Write(message)
		for n := min(len(queue), batch); n > 0; n-- {
			writer.Write([]byte{'\n'})
			writer.Write(<-queue)
		}
		if writer.Close() != nil {
			return
		}
	}
}

func serve(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	hub := topicOf(r.URL.Query().Get("topic"))
	queue := make(chan []byte, queued)
	hub.Lock()
	hub.members[queue] = true
	hub.Unlock()
	go write(conn, queue)
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			break
		}
		hub.RLock()
		for member := range hub.members {
			select {
			case member <- message:
			default: // too slow: the benchmark counts what is missing
			}
		}
		hub.RUnlock()
	}
	hub.Lock()
	delete(hub.members, queue)
	close(queue)
	hub.Unlock()
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/", serve)
	fmt.Printf("listening %d\n", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, nil))
}
